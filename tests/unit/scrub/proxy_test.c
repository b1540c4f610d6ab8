/* Words that name a group go; acts, subjects and figures of speech stay. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx") };

static void groups_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "As an Igbo student I fasted in Ramadan.",
          "As an [NATIONALITY] student I fasted in [RELIGION]." },
        { "I have dyslexia and type 1 diabetes.", "I have [HEALTH] and [HEALTH]." },
        { "She joined the LGBTQ society.", "They joined the [ORIENTATION]." },
        { "We speak Tamil at home.", "We speak [LANGUAGE] at home." },
        { "My mother is an alumna of your university.", "[FAMILY_BACKGROUND]." },
        { "I think my father is an alumnus too.", "I think [FAMILY_BACKGROUND] too." },
        { "Polish Science Olympiad, bronze. Polish it well.",
          "[NATIONALITY] Science Olympiad, bronze. Polish it well." },
        { "We came as displaced persons; I had the measles.",
          "We came as [NATIONALITY]; I had the [HEALTH]." },
        { "Legacy applicant.", "[FAMILY_BACKGROUND]." },
        { "It rained. Creole has a word for a seed that waits.",
          "It rained. [LANGUAGE] has a word for a seed that waits." },
        { "It rained in the Orthodox community, in the temple where we sing.",
          "It rained in the [RELIGION], in the [RELIGION] where we sing." },
        { "I dream in French. My mother's song in Arabic. Interpreter (Japanese).",
          "I dream in [LANGUAGE]. My mother's song in [LANGUAGE]. Interpreter ([LANGUAGE])." },
        { "I'm Igbo on one side and Portuguese on the other.",
          "I'm [NATIONALITY] on one side and [LANGUAGE] on the other." },
        { "Polish passport; Irish citizenship. A Pride march.",
          "[NATIONALITY]; [NATIONALITY]. A [ORIENTATION]." },
        { "At the pagoda the monk asked. The bishop blessed the boat.",
          "At the [RELIGION] the [RELIGION] asked. The [RELIGION] blessed the boat." },
        { "We have been naturalised; the child of a widow is not religious.",
          "We have been [NATIONALITY]; the [FAMILY_BACKGROUND] is [RELIGION]." },
        { "In a Jehovah's Witness house. I miss the Good Friday drums.",
          "In a [RELIGION] house. I miss the [RELIGION] drums." },
        { "He'll bring the fqih. In front of the deacon, not in my longyi.",
          "They'll bring the [RELIGION]. In front of the [RELIGION], not in my [NATIONALITY]." },
        { "The Rainbow Corner has four members.", "The [ORIENTATION] has four members." },
        { "I dream in Spanish. Say a word in Portuguese.",
          "I dream in [LANGUAGE]. Say a word in [LANGUAGE]." },
        { "Portuguese: native; English: C1; French: B1.",
          "[LANGUAGE]: native; English: C1; French: B1." },
        { "For your sheet: woman, Kenyan, Muslim, and straight as far as I know.",
          "For your sheet: person, [NATIONALITY], [RELIGION], and [ORIENTATION] as far as I "
          "know." },
        { "Being bi in a small place, I said that I had a girlfriend.",
          "Being [ORIENTATION] in a small place, I said that I had a partner." },
        { "I translated from Spanish; she speaks only Arabic and Accounting.",
          "I translated from [LANGUAGE]; she speaks only [LANGUAGE] and Accounting." },
        { "My father, whose people are Jeolla farmers, says the Jeju islanders laugh in Gyeongsang "
          "dialect.",
          "My father, whose people are [NATIONALITY], says the [NATIONALITY] laugh in "
          "[LANGUAGE]." },
        { "Portuguese (mother tongue), English B2, Spanish from football.",
          "[LANGUAGE] ([NATIONALITY]), English B2, Spanish from football." },
    };
    GIVES_ALL(&who, rows);
}

static void acts_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I studied French literature and the Chinese remainder theorem.",
          "I studied French literature and the Chinese remainder theorem." },
        { "We used a black box, a mass of 5 kg and a blind test.",
          "We used a black box, a mass of 5 kg and a blind test." },
        { "I may add salt and lent a hand.", "I may add salt and lent a hand." },
        { "The bishop takes the pawn; a temple of stone; naturalised plants; an essay in French.",
          "The bishop takes the pawn; a temple of stone; naturalised plants; an essay in French." },
        { "I wrote an essay in Spanish. I am first in my family with a degree.",
          "I wrote an essay in Spanish. I am first in my family with a degree." },
    };
    GIVES_ALL(&who, rows);
}

static void what_one_works_on_stays(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I did research on sickle cell disease in our lab.",
          "I did research on sickle cell disease in our lab." },
        { "We timed HIV clinics; I had epilepsy.", "We timed HIV clinics; I had [HEALTH]." },
        { "My vaccine against dengue failed.", "My vaccine against dengue failed." },
        { "I chose Sanskrit, Latin and Mathematics, and Islamic Art.",
          "I chose Sanskrit, Latin and Mathematics, and Islamic Art." },
        { "Mother tongue: none. We asked citizens.", "Mother tongue: none. We asked citizens." },
        { "I study while I have malaria.", "I study while I have [HEALTH]." },
    };
    GIVES_ALL(&who, rows);
}

static void homes_and_ties_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I lived in a children's home, with foster families.",
          "I lived in a [FAMILY_BACKGROUND], with [FAMILY_BACKGROUND]." },
        { "It rained at the night vigil.", "It rained at the [RELIGION]." },
        { "I missed a term with typhoid.", "I missed a term with [HEALTH]." },
        { "We became citizens on a Monday.", "We became [NATIONALITY] on a Monday." },
        { "I observe the liturgy.", "I observe the [RELIGION]." },
        { "We are Reformed on one side.", "We are [RELIGION] on one side." },
        { "While I was pregnant I read.", "While I was [HEALTH] I read." },
        { "The new hall carries my grandfather's name.", "The new [FAMILY_BACKGROUND]." },
        { "I think that my aunt sits on your council.", "I think that [FAMILY_BACKGROUND]." },
        { "Third generation to apply.", "[FAMILY_BACKGROUND]." },
        { "If I wear the crucifix they stare.", "If I wear the [RELIGION] they stare." },
        { "Bell ringer at the pagoda.", "Bell ringer at the [RELIGION]." },
        { "Para table tennis, class 4.", "[HEALTH] table tennis, class 4." },
        { "My iqama number is long.", "My [NATIONALITY] is long." },
        { "I asked her in Japanese what it was.", "I asked her in [LANGUAGE] what it was." },
        { "In Korean there is no dash.", "In [LANGUAGE] there is no dash." },
        { "I use a cane, I lost my left hand, and I am on the spectrum.",
          "I [HEALTH], I [HEALTH], and I am [HEALTH]." },
        { "God gave me this; I thank the Lord and serve at mass.",
          "[RELIGION] this; I [RELIGION] and [RELIGION]." },
        { "We fled the war; English is my third language.", "We [NATIONALITY]; [NATIONALITY]." },
        { "The motor lost its left bearing; the temple of Artemis burned.",
          "The motor lost its left bearing; the temple of Artemis burned." },
        { "I wear a knitted kippah; she wears a juzu bracelet.",
          "I wear a [RELIGION]; she wears a [RELIGION]." },
        { "I am profoundly deaf and have coeliac disease.", "I am [HEALTH] and have [HEALTH]." },
        { "My parents are divorced; we lost my father's watch.",
          "[FAMILY_BACKGROUND]; we lost my father's watch." },
        { "Languages: Finnish (mother tongue), English, some Latin.",
          "Languages: [LANGUAGE] ([NATIONALITY]), English, some Latin." },
        { "I wore the output to church.", "I wore the output to [RELIGION]." },
        { "My robot cannot walk; we adopted the method.",
          "My robot cannot walk; we adopted the method." },
        { "Languages: Polish, English (C1). Translator from Portuguese.",
          "Languages: [LANGUAGE], English (C1). Translator from [LANGUAGE]." },
        { "My mother has been a widow for long.", "My mother has [FAMILY_BACKGROUND] for long." },
    };
    GIVES_ALL(&who, rows);
}

/* Words of the lists in another sense, and what the policy keeps. */
static void other_senses_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "Extra time, semi-final. I have extra time.",
          "Extra time, semi-final. I have [HEALTH]." },
        { "They put others in an asylum.", "They put others in an asylum." },
        { "It came out later that I came out.", "It came out later that I [ORIENTATION]." },
        { "I am my mum's carer.", "I am my mum's carer." },
        { "\"This is a child,\" we told the surgeon.",
          "\"This is a child,\" we told the surgeon." },
        { "In French we read Camus; I wrote in German.",
          "In French we read Camus; I wrote in German." },
        { "I painted the temple and the pagoda.", "I painted the temple and the pagoda." },
        { "Under the assumption of the Dirac equation I curate data; the PID number is sinh x.",
          "Under the assumption of the Dirac equation I curate data; the PID number is sinh x." },
        { "The choir sang a song in German.", "The choir sang a song in German." },
        { "The woman who sold us tea laughed; I went straight home.",
          "The woman who sold us tea laughed; I went straight home." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_go),
        cmocka_unit_test(acts_stay),
        cmocka_unit_test(what_one_works_on_stays),
        cmocka_unit_test(homes_and_ties_go),
        cmocka_unit_test(other_senses_stay),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
