/* scrub/fold_table.c: Latin letters with marks, as their base letters. Two bytes a code point,
 * blank where there is none: capitals give capitals. */
#include "scrub/fold.h"

/* U+00C0 to U+024F */
const char fold_latin[] = "A A A A A A AEC E E E E I I I I " /* U+00C0 */
                          "D N O O O O O   O U U U U Y THss" /* U+00D0 */
                          "a a a a a a aec e e e e i i i i " /* U+00E0 */
                          "d n o o o o o   o u u u u y thy " /* U+00F0 */
                          "A a A a A a C c C c C c C c D d " /* U+0100 */
                          "D d E e E e E e E e E e G g G g " /* U+0110 */
                          "G g G g H h H h I i I i I i I i " /* U+0120 */
                          "I i IJijJ j K k k L l L l L l L " /* U+0130 */
                          "l L l N n N n N n n N n O o O o " /* U+0140 */
                          "O o OEoeR r R r R r S s S s S s " /* U+0150 */
                          "S s T t T t T t U u U u U u U u " /* U+0160 */
                          "U u U u W w Y y Y Z z Z z Z z s " /* U+0170 */
                          "b B         O     D D       E E " /* U+0180 */
                          "E F f G G   I I K k       N n   " /* U+0190 */
                          "O o     P p   S       t T t T U " /* U+01A0 */
                          "u   V Y y Z z                   " /* U+01B0 */
                          "        DZDzdzLJLjljNJNjnjA a I " /* U+01C0 */
                          "i O o U u U u U u U u U u e A a " /* U+01D0 */
                          "A a AEaeG g G g K k O o O o     " /* U+01E0 */
                          "j DZDzdzG g     N n A a AEaeO o " /* U+01F0 */
                          "A a A a E e E e I i I i O o O o " /* U+0200 */
                          "R r R r U u U u S s T t     H h " /* U+0210 */
                          "            A a E e O o O o O o " /* U+0220 */
                          "O o Y y             A C c L T s " /* U+0230 */
                          "z     B U V E e J j     R r Y y " /* U+0240 */;

/* U+1E00 to U+1EFF */
const char fold_latin_more[] = "A a B b B b B b C c D d D d D d " /* U+1E00 */
                               "D d D d E e E e E e E e E e F f " /* U+1E10 */
                               "G g H h H h H h H h H h I i I i " /* U+1E20 */
                               "K k K k K k L l L l L l L l M m " /* U+1E30 */
                               "M m M m N n N n N n N n O o O o " /* U+1E40 */
                               "O o O o P p P p R r R r R r R r " /* U+1E50 */
                               "S s S s S s S s S s T t T t T t " /* U+1E60 */
                               "T t U u U u U u U u U u V v V v " /* U+1E70 */
                               "W w W w W w W w W w X x X x Y y " /* U+1E80 */
                               "Z z Z z Z z h t w y   s     SS  " /* U+1E90 */
                               "A a A a A a A a A a A a A a A a " /* U+1EA0 */
                               "A a A a A a A a E e E e E e E e " /* U+1EB0 */
                               "E e E e E e E e I i I i O o O o " /* U+1EC0 */
                               "O o O o O o O o O o O o O o O o " /* U+1ED0 */
                               "O o O o U u U u U u U u U u U u " /* U+1EE0 */
                               "U u Y y Y y Y y Y y             " /* U+1EF0 */;
