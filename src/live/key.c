/* Resume keys: a nonce and the person, under this process's secret. The room knows which nonce is
 * the newest, so that each key opens at most once. */
#include "live/room.h"

#include "base/str.h"
#include "codec/base64.h"
#include "crypto/hash.h"

#include <string.h>

enum { KEY_BYTES = KEY_NONCE + SHA256_N, KEY_TEXT = 64, KEY_ROOM = 2 * KEY_TEXT + WHO_MAX };

static struct hash mac_of(const struct live *l, int64_t interview_id, struct str who,
                          const uint8_t nonce[KEY_NONCE])
{
    const struct str parts[] = { { (const char *)&interview_id, sizeof(interview_id) },
                                 { (const char *)nonce, KEY_NONCE },
                                 who };
    return hmac_sha256((struct str){ (const char *)l->secret, sizeof(l->secret) }, parts, 3);
}

struct str key_make(struct live *l, int64_t interview_id, const char *who,
                    const uint8_t nonce[KEY_NONCE], struct arena *mem)
{
    uint8_t bytes[KEY_BYTES];
    struct buf b;
    struct hash mac = mac_of(l, interview_id, str_of(who), nonce);
    memcpy(bytes, nonce, KEY_NONCE);
    memcpy(bytes + KEY_NONCE, mac.b, SHA256_N);
    buf_init(&b, mem, KEY_ROOM);
    base64_write(&b, BASE64_URL_NOPAD, bytes, sizeof(bytes));
    buf_fmt(&b, ".%s", who);
    return buf_view(&b);
}

bool key_read(const struct live *l, int64_t interview_id, struct str key, struct str *ret_who,
              uint8_t ret_nonce[KEY_NONCE])
{
    uint8_t bytes[base64_max(KEY_TEXT)];
    struct str text, who = str_cut(key, '.', &text);
    size_t n = 0;
    if (text.n != KEY_TEXT || who.n == 0 || who.n >= WHO_MAX ||
        !base64_read(BASE64_URL_NOPAD, text, bytes, sizeof(bytes), &n) || n != KEY_BYTES)
        return false;
    struct hash mac = mac_of(l, interview_id, who, bytes);
    if (!secret_eq((struct str){ (const char *)mac.b, SHA256_N },
                   (struct str){ (const char *)bytes + KEY_NONCE, SHA256_N }))
        return false;
    memcpy(ret_nonce, bytes, KEY_NONCE);
    *ret_who = who;
    return true;
}
