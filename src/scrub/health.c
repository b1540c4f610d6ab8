/* scrub/health.c: illness and what the body cannot do, told of the writer: what one works on stays.
 */
#include "scrub/told.h"

enum { BEFORE_REACH = 6 };

/* "research on malaria", "HIV clinics": what one works on, unless one has it. */
bool health_researched(const struct tokens *t, const struct find *f)
{
    static const struct words works = WORDS(
        "research", "researched", "researching", "study", "studies", "studied", "studying",
        "detect", "detects", "detecting", "detection", "diagnose", "diagnosing", "diagnosis",
        "model", "models", "modelled", "modelling", "modeling", "predict", "predicting",
        "prediction", "vaccine", "vaccines", "cure", "treatment", "treatments", "therapy",
        "prevalence", "incidence", "spread", "epidemiology", "screening", "outbreak", "outbreaks",
        "cases", "burden", "subject", "causes", "biology", "genetics", "patients", "prevention",
        "prevent", "preventing", "awareness", "screen", "about", "transmission", "topic");
    static const struct words objects = WORDS(
        "patients", "research", "vaccine", "vaccines", "clinic", "clinics", "cells", "detection",
        "screening", "awareness", "prevention", "data", "outbreak", "outbreaks", "transmission",
        "parasite", "parasites", "cases", "rates", "rate", "diagnosis", "diagnostics", "risk",
        "treatment", "prediction", "mortality", "virus", "mutation", "mutations", "gene", "genes",
        "drug", "drugs", "tests", "control", "women", "mothers", "rats", "mice");
    static const struct words having = WORDS("have", "had", "has", "having", "got", "caught", "my",
                                             "contracted", "developed", "survived");
    static const struct words spans = WORDS("day", "week", "month");
    /* "Speaker, epilepsy awareness day": of those who have it. */
    if (token_is(t, f->b + 1, "awareness") && token_in(t, f->b + 2, &spans))
        return false;
    const size_t before = f->a > 1 && token_is(t, f->a - 1, "the") ? f->a - 2 : f->a - 1;
    if (f->a > 0 && token_in(t, before, &having))
        return false;
    if (gap_blank(token_at(t, f->b + 1)->gap) && token_in(t, f->b + 1, &objects))
        return true;
    for (size_t i = 1; i <= BEFORE_REACH && i <= f->a; i++) {
        if (!in_sentence(t, f->a - i, f->a))
            return false;
        if (token_in(t, f->a - i, &works))
            return true;
    }
    return false;
}

/* "I missed a term with typhoid" */
static bool suffered(const struct tokens *t, const struct find *f)
{
    static const struct words links = WORDS("with", "from");
    static const struct words ills = WORDS("missed", "ill", "sick", "bed", "down", "hospital",
                                           "suffered", "suffer", "recovered", "lay", "weeks");
    bool ill = false;
    if (f->a == 0 || !token_in(t, f->a - 1, &links))
        return false;
    for (size_t i = 2; i <= BEFORE_REACH + 1 && i <= f->a; i++) {
        if (!in_sentence(t, f->a - i, f->a))
            return false;
        ill |= token_in(t, f->a - i, &ills);
        if (ill && (token_is(t, f->a - i, "i") || token_is(t, f->a - i, "me")))
            return true;
    }
    return false;
}

/* "I carry migraine tablets", "my heart pills": an illness and what is taken for it. */
static bool medicated(const struct tokens *t, const struct find *f)
{
    static const struct words remedies =
        WORDS("tablets", "tablet", "pills", "pill", "drops", "injections", "injection", "spray",
              "medicine", "medicines", "medication", "inhaler", "pump", "pen", "capsules", "cream");
    static const struct words selves = WORDS("i", "my", "me");
    if (!gap_blank(token_at(t, f->b + 1)->gap) || !token_in(t, f->b + 1, &remedies))
        return false;
    for (size_t i = 1; i <= BEFORE_REACH && i <= f->a && in_sentence(t, f->a - i, f->a); i++)
        if (token_in(t, f->a - i, &selves))
            return true;
    return false;
}

/* "I take an inhaler", "she carries crutches": an aid that somebody uses, in their own hand. */
static bool aided(const struct tokens *t, const struct find *f)
{
    static const struct words uses = WORDS("take", "use", "used", "carry", "wear", "wore", "need",
                                           "have", "had", "got", "keep", "using", "wearing");
    static const struct words aids =
        WORDS("inhaler", "inhalers", "brace", "catheter", "crutch", "cane", "epipen", "epipens",
              "nebuliser", "nebulizer", "stoma", "pacemaker", "braces", "splint", "splints");
    static const struct words articles = WORDS("a", "an", "my", "the", "two", "one");
    size_t k = f->a;
    if (!token_in(t, f->b, &aids))
        return false;
    while (k > 0 && token_in(t, k - 1, &articles) && gap_blank(t->v[k].gap))
        k--;
    return k > 1 && in_sentence(t, k - 2, f->a) && token_in(t, k - 1, &uses) &&
           (token_is(t, k - 2, "i") || token_is(t, k - 2, "always") || token_is(t, k - 2, "to"));
}

static const struct words helps =
    WORDS("room", "rooms", "scribe", "scribes", "breaks", "print", "overlay", "overlays",
          "amanuensis", "arrangements", "paper", "papers");

/* "I sit exams in a separate room", "a reader and scribe in examinations": help that is granted in
 * exams. */
static bool assisted(const struct tokens *t, const struct find *f)
{
    static const struct words exams =
        WORDS("exam", "exams", "examination", "examinations", "tests", "test", "finals");
    if (!token_in(t, f->b, &helps))
        return false;
    for (size_t i = 1; i <= BEFORE_REACH; i++)
        if ((i <= f->a && in_sentence(t, f->a - i, f->a) && token_in(t, f->a - i, &exams)) ||
            (f->b + i < t->n && in_sentence(t, f->b, f->b + i) && token_in(t, f->b + i, &exams)))
            return true;
    return false;
}

/* "We kept the mice in a separate room": help of that name, and no exam. */
bool health_unasked(const struct tokens *t, const struct find *f)
{
    return f->b > f->a && token_in(t, f->b, &helps) && !assisted(t, f);
}

bool health_cued(const struct tokens *t, const struct find *f)
{
    return suffered(t, f) || medicated(t, f) || aided(t, f) || assisted(t, f);
}

static const struct words was = WORDS("was", "am", "were", "m");
static const struct words born = WORDS("born");
static const struct words lacking = WORDS("without", "missing", "lacking");
static const struct words limbs =
    WORDS("hand", "hands", "arm", "arms", "leg", "legs", "foot", "feet", "finger", "fingers",
          "thumb", "ear", "ears", "eye", "eyes", "forearm", "toe", "toes", "kidney", "lung", "side",
          "knee", "hip", "wrist", "shoulder");
static const struct words own = WORDS("my", "one");
static const struct words sides = WORDS("left", "right", "other");
static const struct words senses = WORDS("hear", "see", "feel", "stand", "walk", "jump");
static const struct words nothing = WORDS("nothing", "little", "poorly", "badly", "less", "hardly");
static const struct words much = WORDS("much", "well", "anything", "a", "thing", "sound", "sounds");
static const struct words where = WORDS("on", "in", "with", "out");
static const struct words from = WORDS("of", "from");
static const struct words can = WORDS("do", "don", "can", "could", "couldn", "did", "didn");
static const struct words no = WORDS("not", "t", "cannot", "never", "barely", "hardly", "no");
static const struct words cannot =
    WORDS("not", "longer", "fully", "properly", "really", "always", "easily", "quite");
static const struct words knows =
    WORDS("recognise", "recognize", "distinguish", "remember", "tell");
static const struct words uses = WORDS("move", "bend", "raise", "lift", "use");
static const struct words of_people = WORDS("people", "s", "familiar", "human", "any", "apart");
static const struct words faces = WORDS("faces");
static const struct words being = WORDS(
    "is", "are", "was", "were", "has", "have", "does", "do", "been", "not", "t", "doesn", "don",
    "partly", "slightly", "also", "no", "completely", "longer", "never", "always", "only", "half");
static const struct words fails =
    WORDS("missing", "shorter", "weak", "weaker", "numb", "paralysed", "paralyzed", "blind", "deaf",
          "lame", "amputated", "deformed", "artificial", "withered", "prosthetic", "work", "works",
          "fused", "bend", "false");
static const struct words scents = WORDS("smell", "taste");
static const struct words anything = WORDS("anything", "things", "food", "smoke", "much");
static const struct words tells = WORDS("tell", "distinguish");
static const struct words colours = WORDS("red", "green", "colours", "colors", "blue");
static const struct words lacks = WORDS("lost", "lack");
static const struct words part = WORDS("part", "of", "the", "use", "a", "an", "my", "two", "three");
static const struct words have = WORDS("have", "ve");
static const struct words only = WORDS("only");
static const struct words one = WORDS("one", "three", "four");
static const struct words good = WORDS("good", "working", "functioning");

/* What the body lacks or cannot do, told plainly. */
static const struct told bodies[] = {
    /* "I was born without a left hand" */
    { OF_SELF, TOLD_SAID, { MUST(was), MUST(born), MUST(lacking), FAR(limbs) } },
    /* "I do not recognise faces" */
    { OF_SELF,
      TOLD_SAID,
      { ANY(can), MUST(no), ANY(cannot), MUST(knows), ANY(of_people), MUST(faces) } },
    /* "I hear nothing on my left side", "I cannot see much with my right eye" */
    { OF_SELF,
      TOLD_SAID,
      { MUST(senses), MUST(nothing), MUST(where), ANY(from), MUST(own), FAR(limbs) } },
    { OF_SELF,
      TOLD_SAID,
      { ANY(can), MUST(no), ANY(cannot), MUST(senses), ANY(much), MUST(where), MUST(own),
        FAR(limbs) } },
    /* "I cannot bend my left knee" */
    { OF_SELF,
      TOLD_SAID,
      { ANY(can), MUST(no), ANY(cannot), MUST(uses), MUST(own), ANY(sides), MUST(limbs) } },
    /* "I can't smell anything", "I cannot tell red from green" */
    { OF_SELF, TOLD_SAID, { ANY(can), MUST(no), ANY(cannot), MUST(scents), MUST(anything) } },
    { OF_SELF, TOLD_SAID, { ANY(can), MUST(no), ANY(cannot), MUST(tells), MUST(colours) } },
    /* "Two fingers of my left hand are missing" */
    { OF_OWNED, TOLD_WHOLE, { MUST(sides), MUST(limbs), ANY(being), MUST(fails) } },
    /* "I lost part of my foot", "I have only one kidney" */
    { OF_SELF, TOLD_SAID, { MUST(lacks), ANY(part), ANY(sides), MUST(limbs) } },
    { OF_SELF, TOLD_SAID, { MUST(have), MUST(only), MUST(one), ANY(good), MUST(limbs) } },
};

void health_hits(struct pass *p)
{
    const struct tokens *t = &p->t;
    struct wanted at_person = wanted_from(t, W_PERSON);
    for (size_t k; (k = wanted_next(&at_person)) < t->n;)
        if (t->v[k].kind == TK_WORD && !(t->v[k].flags & T_CLAIMED))
            TOLD_TAKE(p, k, bodies, SCRUB_DISABILITY, "health.told");
}
