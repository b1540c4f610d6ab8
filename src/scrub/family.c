/* scrub/family.c: what befell the writer's family and what it owns, told in a clause. What one does
 * about it, and the work of parents, is a circumstance that merit is weighed by, and stays. */
#include "scrub/told.h"

enum { CUED = 70 };

static const struct words links =
    WORDS("has", "have", "had", "was", "were", "is", "are", "both", "also", "then", "later", "now",
          "suddenly", "recently", "already", "got", "been", "just", "since", "being", "never",
          "who", "re", "ve", "s", "d", "all", "still", "themselves", "eventually", "finally");
static const struct words ends =
    WORDS("died", "perished", "drowned", "remarried", "divorced", "imprisoned", "jailed",
          "deported", "detained", "murdered", "executed", "widowed", "incarcerated", "unmarried");
static const struct words ends_alone =
    WORDS("separated", "split", "drank", "drinks", "drinking", "gambles", "gambled", "vanished",
          "disappeared", "dead", "absent", "arrested", "killed", "bankrupt", "unemployed",
          "illiterate", "estranged");
static const struct words passed = WORDS("passed");
static const struct words away = WORDS("away", "on");
static const struct words left = WORDS("left", "leaves");
static const struct words home = WORDS("us", "home", "when", "forever");
static const struct words me = WORDS("me");
static const struct words with = WORDS("with", "behind", "at", "in", "to");
static const struct words nobody =
    WORDS("the", "my", "his", "her", "their", "a", "an", "two", "of");
static const struct words carers =
    WORDS("them", "grandparents", "grandmother", "grandfather", "aunt", "uncle", "orphanage",
          "neighbour", "neighbours", "relatives", "convent");
static const struct words in = WORDS("in", "before", "after");
static const struct words the = WORDS("the", "that", "a", "an", "my");
static const struct words times =
    WORDS("year", "spring", "summer", "autumn", "winter", "birth", "war", "same");
static const struct words goes = WORDS("walked", "moved", "ran", "went", "cleared", "run");
static const struct words out = WORDS("out", "off", "away");
static const struct words hurts = WORDS("abandoned", "deserted", "disowned", "rejected",
                                        "neglected", "abused", "abuses", "beat", "beats", "hits");
static const struct words ones = WORDS("us", "me", "her", "him");
static const struct words being = WORDS("is", "was", "are", "were", "went", "sent", "been", "goes");
static const struct words between = WORDS("sent", "back", "still", "now", "put", "been", "both",
                                          "serving", "time", "to", "in", "into");
static const struct words never = WORDS("never", "not");
static const struct words married = WORDS("married");
static const struct words no = WORDS("hasn", "haven", "doesn", "don", "didn", "not", "never", "has",
                                     "does", "do", "have", "longer", "no", "t");
static const struct words live = WORDS("live", "lived", "lives");
static const struct words among = WORDS("with");
static const struct words prisons =
    WORDS("prison", "jail", "custody", "detention", "exile", "gaol");
static const struct words lives =
    WORDS("work", "works", "worked", "working", "live", "lives", "lived", "living");
static const struct words far = WORDS("abroad", "overseas", "apart", "elsewhere", "separately");
static const struct words place = WORDS("in");
static const struct words another =
    WORDS("another", "other", "different", "distant", "separate", "a", "two", "far");
static const struct words places =
    WORDS("city", "country", "town", "province", "cities", "countries", "state", "houses", "towns");
static const struct words is = WORDS("is", "are", "was", "were", "re");
static const struct words some =
    WORDS("both", "a", "an", "the", "all", "now", "also", "retired", "former", "deputy", "senior",
          "chief", "high", "court", "supreme", "district", "consultant", "police", "army", "heart",
          "two", "university", "bank", "company", "vice", "well", "known", "prominent");
static const struct words callings = WORDS(
    "doctor", "doctors", "surgeon", "surgeons", "physician", "physicians", "dentist", "dentists",
    "lawyer", "lawyers", "barrister", "barristers", "solicitor", "solicitors", "judge", "judges",
    "professor", "professors", "academics", "ambassador", "diplomat", "diplomats", "minister",
    "senator", "mayor", "governor", "colonel", "banker", "bankers", "executive", "executives",
    "industrialist", "landlord", "ceo", "magistrate", "prosecutor");
static const struct words has = WORDS("has", "have", "had", "keeps", "keep", "kept");
static const struct words second = WORDS("two", "three", "four", "another", "second", "a", "other");
static const struct words houses = WORDS("families", "households", "wives", "wife", "household");
static const struct words brings = WORDS("took", "brought", "moved", "fled", "ran", "escaped",
                                         "went", "hid", "live", "lived", "stayed", "slept");
static const struct words us = WORDS("us", "me", "with", "her", "and", "my", "sister", "brother",
                                     "children", "to", "in", "into", "a", "an", "the", "women", "s",
                                     "emergency", "family", "homeless", "for", "battered");
static const struct words shelters = WORDS("shelter", "refuge", "orphanage");
static const struct words owns = WORDS("own", "owns", "owned");
static const struct words estates =
    WORDS("orchard", "orchards", "farm", "farms", "estate", "vineyard", "vineyards", "plantation",
          "ranch", "land", "lands", "hectares", "hectare", "acres", "acre", "hotel", "hotels",
          "factory", "factories", "shop", "shops", "store", "stores", "mill", "mills", "company",
          "companies", "pharmacy", "pharmacies", "clinic", "restaurant", "restaurants", "house",
          "houses", "flats", "apartments", "villa", "buildings", "building", "ship", "ships",
          "quarry", "sawmill", "brewery", "supermarket", "guesthouse", "horses", "bank", "garage");
static const struct words lost = WORDS("lost");
static const struct words roofs = WORDS("house", "home", "flat", "farm", "shop", "land",
                                        "apartment", "fields", "herd", "livestock");
static const struct words the_our = WORDS("the", "our", "everything", "but", "both");
static const struct words live_on = WORDS("live", "lives", "lived", "living", "survive", "survives",
                                          "survived", "manage", "manages", "managed");
static const struct words on = WORDS("on", "off", "by", "from");
static const struct words means =
    WORDS("pension", "pensions", "wage", "wages", "salary", "salaries", "income", "incomes",
          "remittances", "benefits", "allowance", "welfare", "charity", "savings");
static const struct words folk = WORDS("people", "a", "family", "of", "folk", "poor", "simple");
static const struct words without = WORDS("without", "no");
static const struct words goods = WORDS("savings", "means", "money", "property", "land");
static const struct words have = WORDS("have", "had", "ve", "got", "has");
static const struct words two = WORDS("two");
static const struct words couples =
    WORDS("mothers", "fathers", "mums", "moms", "dads", "mamas", "mummies");
static const struct words guardian = WORDS("guardian", "guardians");
static const struct words belongs = WORDS("belong", "belonged", "belonging", "are", "were");
static const struct words to = WORDS("to", "part", "of", "from", "a", "the", "an");
static const struct words minority = WORDS("minority", "minorities");
static const struct words holds = WORDS("hold", "held", "carry");
static const struct words papers = WORDS("passport", "passports", "citizenship");
static const struct words few = WORDS("the", "a", "two", "both", "three", "its", "their", "that");

static const struct told circumstances[] = {
    /* "Our father passed on when I was in primary four", "both my parents died" */
    { OF_PARENT, TOLD_WHOLE, { ANY(links), MUST(ends) } },
    { OF_PARENT, TOLD_BARE, { ANY(links), MUST(ends_alone) } },
    { OF_PARENT, TOLD_ALONE, { ANY(links), MUST(passed), MUST(away) } },
    /* "My father left in the year of the diagnosis", "my parents left me with my aunt" */
    { OF_PARENT, TOLD_CLAUSE, { ANY(links), MUST(left), MUST(home) } },
    { OF_PARENT, TOLD_CLAUSE, { ANY(links), MUST(left), MUST(in), ANY(the), MUST(times) } },
    { OF_PARENT, TOLD_CLAUSE, { MUST(left), MUST(me), MUST(with), ANY(nobody), MUST(carers) } },
    { OF_PARENT, TOLD_ALONE, { ANY(links), MUST(left), MUST(me) } },
    { OF_PARENT, TOLD_ALONE, { ANY(links), MUST(goes), MUST(out) } },
    { OF_PARENT, TOLD_BARE, { ANY(links), MUST(hurts), MUST(ones) } },
    { OF_PARENT, TOLD_WHOLE, { ANY(links), MUST(being), ANY(between), MUST(prisons) } },
    /* "My parents never married", "my dad hasn't lived with us" */
    { OF_PARENT, TOLD_BARE, { MUST(never), MUST(married) } },
    { OF_PARENT, TOLD_WHOLE, { MUST(no), ANY(no), MUST(live), MUST(among), MUST(ones) } },
    /* "my parents were working in another city", "my father lives abroad" */
    { OF_PARENT, TOLD_WHOLE, { ANY(links), MUST(lives), MUST(far) } },
    { OF_PARENT, TOLD_WHOLE, { ANY(links), MUST(lives), MUST(place), ANY(another), MUST(places) } },
    /* "Both my parents are doctors" */
    { OF_PARENT, TOLD_WHOLE, { MUST(is), ANY(some), MUST(callings) } },
    { OF_PARENT, TOLD_WHOLE, { MUST(has), ANY(second), MUST(houses) } },
    { OF_PARENT | OF_HOME, TOLD_WHOLE, { ANY(links), MUST(brings), ANY(us), MUST(shelters) } },
    /* "We own the orchard", "my family own nine hectares" */
    { OF_PARENT | OF_HOME, TOLD_SAID, { ANY(links), MUST(owns), FAR(estates) } },
    { OF_PARENT | OF_HOME, TOLD_BARE, { ANY(links), MUST(lost), ANY(the_our), MUST(roofs) } },
    /* "my household lives on one pension", "we are people without savings" */
    { OF_PARENT | OF_HOME, TOLD_WHOLE, { ANY(links), MUST(live_on), MUST(on), FAR(means) } },
    { OF_HOME, TOLD_WHOLE, { ANY(links), ANY(folk), MUST(without), MUST(goods) } },
    { OF_SELF, TOLD_SAID, { MUST(have), MUST(two), MUST(couples) } },
    { OF_OWNED, TOLD_WHOLE, { MUST(two), MUST(couples) } },
};

/* "We belong to the minority", "I hold the passport": what one is by descent or by law. */
static const struct told standing[] = {
    { OF_SELF | OF_HOME, TOLD_WHOLE, { MUST(belongs), ANY(to), MUST(minority) } },
    { OF_SELF | OF_HOME, TOLD_WHOLE, { MUST(holds), MUST(few), MUST(papers) } },
};

static const struct words was = WORDS("was", "m", "am");
static const struct words only = WORDS("only", "just", "still", "but", "a", "an", "barely");
static const struct words infants = WORDS("baby", "toddler", "infant", "newborn");

/* "She has known me since I was a baby." */
static const struct told ages[] = {
    { OF_SELF, TOLD_THING, { MUST(was), ANY(only), MUST(infants) } },
};

/* "a court made her my guardian", "legal guardian is an older sibling": token k is my, or the
 * guardian. */
static void take_guardian(struct pass *p, size_t k)
{
    static const struct words makes =
        WORDS("made", "appointed", "named", "declared", "became", "become", "legal", "assigned");
    static const struct words courts = WORDS("court", "judge", "state", "tribunal");
    enum { REACH = 5 };
    const struct tokens *t = &p->t;
    size_t a = k;
    if (!token_in(t, k + 1, &guardian) || !gap_blank(token_at(t, k + 1)->gap))
        return;
    for (size_t i = 1; i <= REACH && i <= k && gap_blank(t->v[k - i + 1].gap); i++)
        a = token_in(t, k - i, &makes) ? k - i : a;
    if (a == k)
        return;
    a -= a > 0 && gap_blank(t->v[a].gap) && token_in(t, a - 1, &courts);
    a -= a > 0 && (token_is(t, a - 1, "a") || token_is(t, a - 1, "the"));
    const struct find f = { a, k + 1, LEX_FAMILY };
    proxy_take(p, &f, SCRUB_FAMILY, CUED, "family.told");
}

/* "the bench by your library was our gift": token k is our. */
static void take_gift(struct pass *p, size_t k)
{
    enum { REACH = 9 };
    static const struct words gifts = WORDS("gift", "donation", "bequest", "gifts");
    const struct tokens *t = &p->t;
    bool your = false;
    size_t a = k;
    if (!token_in(t, k + 1, &gifts) || !gap_blank(token_at(t, k + 1)->gap))
        return;
    for (size_t i = 1; i <= REACH && i <= k && gap_blank(t->v[a].gap); i++, a--) {
        if (token_is(t, k - i, "and") || token_is(t, k - i, "that") ||
            (your && token_is(t, a, "the")))
            break;
        your |= token_is(t, k - i, "your");
    }
    const struct find f = { a, k + 1, LEX_FAMILY };
    if (your)
        proxy_take(p, &f, SCRUB_FAMILY, CUED, "family.told");
}

void family_hits(struct pass *p)
{
    const struct tokens *t = &p->t;
    struct wanted at_person = wanted_from(t, W_PERSON);
    for (size_t k; (k = wanted_next(&at_person)) < t->n;) {
        if (t->v[k].kind != TK_WORD || (t->v[k].flags & T_CLAIMED))
            continue;
        if (!TOLD_TAKE(p, k, circumstances, SCRUB_FAMILY, "family.told"))
            TOLD_TAKE(p, k, standing, SCRUB_NATIONALITY, "proxy.status");
        TOLD_TAKE(p, k, ages, SCRUB_AGE, "age.told");
        if (token_is(t, k, "my"))
            take_guardian(p, k);
        else if (token_is(t, k, "our"))
            take_gift(p, k);
    }
}
