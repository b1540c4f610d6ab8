/* scrub/gender.c: words that tell a gender become neutral ones and the sentence stays: nouns,
 * adjectives before nouns, and the pronouns of text about the applicant, with their verbs. */
#include "base/str.h"
#include "scrub/scrub_inner.h"

enum { SURE = 85, CUED = 70, HINT = 40, REACH = 6 };

static void take_range(struct pass *p, size_t from, size_t to, enum scrub_type type,
                       uint8_t confidence, const char *rule, const char *neutral)
{
    hit_range(p, from, to,
              (struct hit){ .type = (uint8_t)type,
                            .strength = BY_LEXICON,
                            .confidence = confidence,
                            .rule = rule,
                            .neutral = neutral });
}

/* Past the word and its 's or '. */
static size_t owner_end(const struct pass *p, size_t b)
{
    const struct token *w = &p->t.v[b], *next = w + 1;
    if (!(w->flags & T_POSSESSIVE))
        return w->to;
    return next->flags & T_CLITIC ? next->to : w->to + 1U;
}

/* The writer is meant: "as a woman", "the only girl", "I am the first daughter". */
static bool of_self(const struct tokens *t, size_t a)
{
    static const struct words cues = WORDS("as", "am", "m", "only", "i", "my", "me", "we", "our",
                                           "us", "being", "myself", "became", "like");
    for (size_t i = 1; i <= REACH && i <= a; i++) {
        if (!gap_same_sentence(t->v[a - i + 1].gap))
            return false;
        if (token_in(t, a - i, &cues) || (t->v[a - i].flags & T_OWN))
            return true;
    }
    return false;
}

static const struct words self_nouns = WORDS("girl", "boy", "woman", "man", "lady", "lad", "lass");

/* "A girl like you?", "people suppose a boy in a storeroom", "a woman of 19", "the girl who asks":
 * what is said of one's kind, and is meant of oneself. */
static bool of_one(const struct tokens *t, size_t k)
{
    enum { AM_REACH = 16 };
    static const struct words you = WORDS("you", "me", "myself");
    static const struct words articles = WORDS("a", "the", "this");
    static const struct words supposing =
        WORDS("suppose", "think", "thinks", "expect", "expects", "believe", "find", "finds", "see",
              "for", "deduce", "imagine", "meet", "reach", "hire", "call", "than", "that", "what",
              "how", "trust", "consider", "unlike", "admit");
    static const struct words places = WORDS("in", "on", "with", "at", "of", "from", "under");
    static const struct words being = WORDS("am", "m", "deduce", "was");
    const struct token *next = token_at(t, k + 1);
    if (k == 0 || !token_in(t, k, &self_nouns) || !gap_blank(t->v[k].gap) ||
        !token_in(t, k - 1, &articles))
        return false;
    const bool start = (t->v[k - 1].flags & T_START) != 0;
    if (gap_blank(next->gap) && token_is(t, k + 1, "like") && token_in(t, k + 2, &you))
        return true;
    /* "it will find this man: name@post.example" */
    if (token_is(t, k - 1, "this"))
        return k > 1 && token_in(t, k - 2, &supposing) && !gap_blank(next->gap);
    if (token_is(t, k - 1, "a") && gap_blank(next->gap) && token_in(t, k + 1, &places) && k > 1 &&
        !start && token_in(t, k - 2, &supposing))
        return true;
    if (!gap_blank(next->gap) || !token_is(t, k + 1, "who"))
        return false;
    /* "A girl who reads the news gets letters" */
    if (start && token_is(t, k - 1, "a"))
        return str_ends(token_text(t, k + 2), S("s")) && !token_is(t, k + 2, "was");
    for (size_t i = 1; i <= AM_REACH && i < k && (t->v[k - 1].gap & GAP_COMMA) &&
                       gap_same_sentence(t->v[k - i].gap);
         i++)
        if (token_in(t, k - i - 1, &being))
            return k - i > 1 && token_is(t, k - i - 2, "i");
    return false;
}

/* "For your sheet: woman, Nigerian, and straight", "Chase, woman, 18": an answer in a form. */
static bool in_answers(const struct tokens *t, size_t k)
{
    const struct token *w = &t->v[k], *next = token_at(t, k + 1);
    const uint16_t apart = GAP_COMMA | GAP_SLASH | GAP_OTHER;
    const uint64_t said = LEX_DEMONYM | LEX_RELIGION | LEX_ORIENTATION | LEX_NUMBER;
    return token_in(t, k, &self_nouns) && (w->gap & (GAP_COLON | apart | GAP_LINE)) &&
           (next->gap & apart) &&
           ((next->bits & said) || next->kind != TK_WORD || (next->flags & T_CLAIMED));
}

/* A noun that the gendered word only qualifies: team, school, race. */
static bool qualifies(const struct tokens *t, size_t b)
{
    size_t k = b + 1;
    k += token_at(t, k)->flags & T_CLITIC ? 1 : 0;
    const struct token *next = token_at(t, k);
    return next->kind == TK_WORD && (next->gap & (GAP_BLANK | GAP_HYPHEN)) &&
           !(next->gap & ~(GAP_BLANK | GAP_HYPHEN | GAP_APOSTROPHE)) &&
           !(next->bits & LEX_FUNCTION) &&
           (!(next->bits & LEX_SPEECH) || (next->bits & LEX_ROLE)) &&
           (next->bits &
            (LEX_ORG_TAIL | LEX_SCHOOL | LEX_SUBJECT | LEX_COMPETITION | LEX_ROLE | LEX_ORDINARY));
}

static bool take_adjective(struct pass *p, size_t k, size_t b, uint64_t bits)
{
    const struct token *w = &p->t.v[k];
    const bool plural = (w->bits & LEX_GENDERED) && !(w->flags & T_POSSESSIVE) && b == k &&
                        !token_is(&p->t, k, "male") && !token_is(&p->t, k, "female");
    /* "Women's under-18 climbing", "men's U18" */
    const size_t after = b + 1 + ((token_at(&p->t, b + 1)->flags & T_CLITIC) ? 1 : 0);
    const bool rank = token_is(&p->t, after, "under") || token_is(&p->t, after, "over") ||
                      token_is(&p->t, after, "u");
    /* "men's 65 kg", "men's second team", "girls' and mixed sections" */
    const bool shared =
        (token_is(&p->t, after, "and") || token_is(&p->t, after, "or")) &&
        (token_is(&p->t, after + 1, "mixed") || token_is(&p->t, after + 1, "open") ||
         (token_at(&p->t, after + 1)->bits & LEX_GENDER_ADJ));
    const bool grade =
        (w->flags & T_POSSESSIVE) && gap_same_sentence(p->t.v[after].gap) &&
        ((rank && token_at(&p->t, after + 1)->kind == TK_NUMBER) || shared ||
         token_at(&p->t, after)->kind == TK_NUMBER || (token_at(&p->t, after)->bits & LEX_NUMBER));
    if (!(bits & LEX_GENDER_ADJ) || !(grade || qualifies(&p->t, b)))
        return false;
    if (plural && !(token_at(&p->t, b + 1)->bits &
                    (LEX_ORG_TAIL | LEX_SCHOOL | LEX_SUBJECT | LEX_COMPETITION)))
        return false;
    take_range(p, w->from, owner_end(p, b), SCRUB_GENDER, SURE, "gender.adjective", "");
    return true;
}

/* "a woman" to "an ..." and back, where the first sound changes. */
static void mend_article(struct pass *p, size_t k, const char *neutral)
{
    const struct token *w = &p->t.v[k];
    const bool vowel = neutral[0] && strchr("aeio", neutral[0]);
    if (k == 0 || !gap_blank(w->gap) || !neutral[0])
        return;
    const struct token *before = w - 1;
    if (vowel && token_is(&p->t, k - 1, "a"))
        take_range(p, before->from, before->to, SCRUB_GENDER, CUED, "gender.article", "an");
    else if (!vowel && token_is(&p->t, k - 1, "an"))
        take_range(p, before->from, before->to, SCRUB_GENDER, CUED, "gender.article", "a");
}

/* "girls cannot code", "no girl in my village", "a club for girls": of one's own kind in general,
 * which the writer would not say of others. */
static bool of_kind(const struct tokens *t, size_t k)
{
    static const struct words kinds = WORDS("girls", "boys", "women", "men");
    static const struct words before =
        WORDS("for", "that", "because", "said", "where", "only", "most", "few", "no", "think",
              "thinks", "believe", "believes", "many", "encourage", "encouraging", "teach",
              "teaching", "mentor", "mentoring", "help", "helping", "other", "more", "young");
    static const struct words each = WORDS("no", "every", "any", "few", "first", "other", "each");
    static const struct words places = WORDS("in", "from", "of");
    static const struct words owners = WORDS("my", "our");
    const bool close = k > 0 && gap_blank(t->v[k].gap);
    if (close && token_in(t, k - 1, &each) && gap_blank(token_at(t, k + 1)->gap) &&
        token_in(t, k + 1, &places) && token_in(t, k + 2, &owners))
        return true;
    if (close && k > 1 && token_is(t, k - 1, "a") && token_is(t, k - 2, "for"))
        return true; /* "a serious matter for a girl" */
    return token_in(t, k, &kinds) &&
           ((t->v[k].flags & T_START) || (close && token_in(t, k - 1, &before)));
}

static size_t take_noun(struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    const bool phrase = w->phrase_set && (w->phrase_set->bits & (LEX_GENDERED | LEX_GENDER_ADJ));
    const size_t b = phrase ? k + w->phrase - 1 : k;
    const struct lex_set *set = phrase ? w->phrase_set : lex_find(p->t.lex, w->hash);
    const char *neutral = lex_neutral(p->t.lex, set);
    if (take_adjective(p, k, b, set->bits))
        return b;
    if (!(set->bits & LEX_GENDERED) || !neutral)
        return k;
    static const struct words plain =
        WORDS("man", "men", "woman", "women", "boy", "boys", "girl", "girls", "lady", "ladies",
              "guy", "wife", "husband", "bride", "groom", "gentleman", "goddess", "hero");
    static const struct words owners = WORDS("my", "his", "her", "their", "our");
    if ((p->t.v[b].bits & LEX_KIN) && k > 0 && token_in(&p->t, k - 1, &owners))
        return k;
    /* In a title: the King's Horseman. */
    const uint16_t shown = w->flags & (T_CAPITAL | T_START | T_HEADING | T_SHOUT);
    if (!phrase && shown == T_CAPITAL)
        return k;
    const bool self = phrase || of_self(&p->t, k) || of_kind(&p->t, k) || of_one(&p->t, k) ||
                      in_answers(&p->t, k) || (w->flags & T_QUOTED) || !token_in(&p->t, k, &plain);
    mend_article(p, k, neutral);
    take_range(p, w->from, p->t.v[b].to, SCRUB_GENDER, self ? SURE : HINT, "gender.noun", neutral);
    return b;
}

/* "I became a mother", "as a young father": the applicant, not a relative. */
static bool parent_self(const struct tokens *t, size_t k)
{
    static const struct words parents =
        WORDS("mother", "father", "mum", "mom", "dad", "mama", "mommy", "mummy");
    static const struct words became =
        WORDS("became", "become", "becoming", "being", "as", "am", "was", "m");
    size_t i = k;
    if (!token_in(t, k, &parents))
        return false;
    for (size_t n = 0; n < 2 && i > 0 && gap_joint(t->v[i].gap) && !token_is(t, i - 1, "a"); n++)
        i--;
    if (i < 2 || !token_is(t, i - 1, "a") || !token_in(t, i - 2, &became))
        return false;
    const bool verb = token_is(t, i - 2, "am") || token_is(t, i - 2, "was") ||
                      token_is(t, i - 2, "m") || token_is(t, i - 2, "became");
    return !verb || (i > 2 && token_is(t, i - 3, "i"));
}

/* "one of three sisters", "youngest of four brothers": the writer is of that gender too. */
static bool one_of(const struct tokens *t, size_t k)
{
    static const struct words kinds = WORDS("sisters", "brothers", "daughters", "sons");
    static const struct words places =
        WORDS("one", "youngest", "eldest", "oldest", "middle", "first", "second", "third", "fourth",
              "fifth", "last", "all");
    return k > 2 && token_in(t, k, &kinds) && gap_blank(t->v[k].gap) &&
           ((t->v[k - 1].bits & LEX_NUMBER) || t->v[k - 1].kind == TK_NUMBER) &&
           token_is(t, k - 2, "of") && token_in(t, k - 3, &places);
}

/* "I am her son", "call me their baby sister": what the writer is to others. */
static bool theirs(const struct tokens *t, size_t k)
{
    enum { WORDS_BETWEEN = 2 };
    static const struct words owners = WORDS("his", "her", "their");
    static const struct words being =
        WORDS("am", "m", "was", "me", "as", "being", "became", "like");
    for (size_t i = k; i + WORDS_BETWEEN >= k && i > 1 && gap_blank(t->v[i].gap); i--)
        if (token_in(t, i - 1, &owners))
            return token_in(t, i - 2, &being) &&
                   (!token_is(t, i - 2, "was") || (i > 2 && token_is(t, i - 3, "i")));
    return false;
}

/* "for a goatherd's daughter", "not a thing a son says", "a daughter of that road owes it": said of
 * any, and meant of oneself; not "she has a son". */
static bool of_any(const struct tokens *t, size_t k)
{
    static const struct words kinds = WORDS("son", "daughter");
    static const struct words before =
        WORDS("for", "as", "like", "than", "that", "because", "how", "what", "thing", "when",
              "unlike", "being", "expect", "expects");
    size_t a = k;
    if (!token_in(t, k, &kinds))
        return false;
    if (a > 1 && (t->v[a - 1].flags & T_CLITIC))
        a -= 2;
    if (a == 0 || !token_is(t, a - 1, "a") || !gap_blank(t->v[a].gap))
        return false;
    if (t->v[a - 1].flags & T_START)
        return token_is(t, k + 1, "of") || token_is(t, k + 1, "who") ||
               str_ends(token_text(t, k + 1), S("s"));
    return a > 1 && gap_blank(t->v[a - 1].gap) && token_in(t, a - 2, &before);
}

/* "I am the third born and the first daughter" */
static bool born_as(const struct tokens *t, size_t k)
{
    enum { BORN_REACH = 9 };
    static const struct words births = WORDS("first", "second", "third", "fourth", "fifth", "last",
                                             "only", "eldest", "oldest", "youngest", "middle");
    static const struct words being = WORDS("am", "m");
    static const struct words kinds = WORDS("son", "daughter", "girl", "boy");
    if (k < 2 || !token_in(t, k, &kinds) || !token_in(t, k - 1, &births))
        return false;
    for (size_t i = 2; i <= BORN_REACH && i < k && gap_same_sentence(t->v[k - i + 1].gap); i++)
        if (token_in(t, k - i, &being) && token_is(t, k - i - 1, "i"))
            return true;
    return false;
}

/* Sons and daughters are the applicant where they say so; other relatives by the policy. */
static void take_kin(struct pass *p, size_t k)
{
    static const struct words selves = WORDS("son", "daughter", "grandson", "granddaughter",
                                             "niece", "nephew", "sister", "brother");
    static const struct words owners = WORDS("my", "his", "her", "their", "our", "whose", "your");
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k];
    const char *neutral = lex_neutral(t->lex, lex_find(t->lex, w->hash));
    bool own = false, self = parent_self(t, k);
    if (!neutral)
        return;
    for (size_t i = 1; i <= 3 && i <= k; i++)
        own |= token_in(t, k - i, &owners);
    self |= one_of(t, k) || of_any(t, k) || born_as(t, k) ||
            (token_in(t, k, &selves) &&
             (theirs(t, k) || (gap_blank(t->v[k + 1].gap) && (t->v[k + 1].flags & T_OWN))));
    if (!own && token_in(t, k, &selves)) {
        static const struct words cues = WORDS("as", "am", "m", "i", "only");
        static const struct words births =
            WORDS("twin", "eldest", "oldest", "youngest", "middle", "elder", "younger");
        /* "twin brother of": a line about oneself. */
        self |= k > 0 && token_in(t, k - 1, &births) && (t->v[k - 1].flags & T_START) &&
                token_is(t, k + 1, "of");
        for (size_t i = 1; i <= 5 && i <= k && gap_same_sentence(t->v[k - i + 1].gap); i++)
            self |= token_in(t, k - i, &cues);
    }
    static const struct words loves = WORDS("girlfriend", "boyfriend");
    static const struct words having = WORDS("have", "had", "ve", "got");
    /* "I had a girlfriend", "my boyfriend": what one loves, and by it what one is. */
    self |= token_in(t, k, &loves) && k > 0 &&
            (token_is(t, k - 1, "my") || (k > 2 && token_is(t, k - 1, "a") &&
                                          token_in(t, k - 2, &having) && token_is(t, k - 3, "i")));
    if (self)
        take_range(p, w->from, w->to, SCRUB_GENDER, CUED, "gender.kin", neutral);
    else if (p->policy->action[SCRUB_KINSHIP] != SCRUB_KEEP)
        take_range(p, w->from, w->to, SCRUB_KINSHIP, CUED, "kinship", neutral);
}

static const char *pronoun(const struct tokens *t, size_t k)
{
    const struct token *next = token_at(t, k + 1);
    const bool noun = next->kind == TK_WORD && gap_blank(next->gap) && !(next->bits & LEX_FUNCTION);
    if (token_is(t, k, "she") || token_is(t, k, "he"))
        return "they";
    if (token_is(t, k, "him"))
        return "them";
    if (token_is(t, k, "her"))
        return noun || next->kind == TK_PLACEHOLDER ? "their" : "them";
    static const struct words ends = WORDS("is", "was", "alone", "and", "but", "or", "to", "in",
                                           "on", "at", "for", "with", "too", "now", "as", "than");
    if (token_is(t, k, "his"))
        return gap_blank(next->gap) && next->kind != TK_END && !token_in(t, k + 1, &ends)
                   ? "their"
                   : "theirs";
    if (token_is(t, k, "hers"))
        return "theirs";
    return token_is(t, k, "herself") || token_is(t, k, "himself") ? "themselves" : NULL;
}

/* leads: lead, goes: go, tries: try; NULL where it is no such verb. */
static const char *plural_verb(const struct pass *p, size_t k)
{
    static const char *const pairs[][2] = {
        { "is", "are" }, { "was", "were" }, { "has", "have" }, { "does", "do" }, { "goes", "go" }
    };
    static const struct words others =
        WORDS("always", "perhaps", "sometimes", "besides", "thus", "this", "its", "towards",
              "across", "afterwards", "nevertheless", "as", "us", "yes");
    const struct tokens *t = &p->t;
    const struct token *w = token_at(t, k);
    const struct str s = token_text(t, k);
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (w->kind == TK_WORD && str_eq(s, str_of(pairs[i][0])))
            return pairs[i][1];
    if (w->kind != TK_WORD || s.n < 4 || !str_ends(s, S("s")) || str_ends(s, S("ss")) ||
        !(w->bits & (LEX_ORDINARY | LEX_SPEECH)) || (w->flags & T_CAPITAL) ||
        token_in(t, k, &others))
        return NULL;
    if (str_ends(s, S("ies")) && s.n > 4)
        return str_z(p->c->mem, str_fmt(p->c->mem, "%.*sy", (int)(s.n - 3), s.p));
    const bool es = str_ends(s, S("shes")) || str_ends(s, S("ches")) || str_ends(s, S("sses")) ||
                    str_ends(s, S("xes")) || str_ends(s, S("oes"));
    return str_z(p->c->mem, str_sub(s, 0, s.n - (es ? 2 : 1)));
}

static void mend_verb(struct pass *p, size_t k)
{
    static const struct words adverbs = WORDS("also", "always", "often", "never", "still", "then",
                                              "now", "already", "really", "truly", "even");
    const struct tokens *t = &p->t;
    const struct token *next = token_at(t, k + 1);
    if (next->flags & T_CLITIC) {
        if (token_is(t, k + 1, "s"))
            take_range(p, next->from, next->to, SCRUB_GENDER, CUED, "gender.verb", "re");
        return;
    }
    if (!gap_blank(next->gap))
        return;
    size_t at = k + 1;
    at += token_in(t, at, &adverbs) || str_ends(token_text(t, at), S("ly")) ? 1 : 0;
    const char *verb = at < t->n && gap_blank(t->v[at].gap) ? plural_verb(p, at) : NULL;
    if (verb)
        take_range(p, t->v[at].from, t->v[at].to, SCRUB_GENDER, CUED, "gender.verb", verb);
}

/* Who a pronoun means: the person named last, and in a quotation about the applicant the applicant.
 */
enum antecedent { NOBODY, APPLICANT, SOMEBODY };

/* "Camila, she said": the name is called out, and another speaks. */
static bool addressed(const struct tokens *t, size_t k)
{
    const struct token *next = token_at(t, k + 1);
    return (next->gap & GAP_COMMA) && (next->bits & (LEX_FEMALE | LEX_MALE)) &&
           (token_at(t, k + 2)->bits & LEX_SPEECH);
}

/* Who a placeholder of an earlier pass stands for. */
static enum antecedent placeholder_person(const struct tokens *t, const struct token *w,
                                          enum antecedent last)
{
    const struct str text = { t->f->text + w->from, token_len(w) };
    if (str_starts(text, S("[applicant")))
        return APPLICANT;
    /* What tells of the family told of a relative. */
    return str_starts(text, S("[person")) || str_starts(text, S("[family")) ? SOMEBODY : last;
}

/* "Zheng He": part of a name. */
static bool in_name(const struct tokens *t, size_t k)
{
    const struct token *w = &t->v[k], *before = w - 1;
    return k > 0 && (w->flags & T_CAPITAL) && !(w->flags & (T_START | T_HEADING | T_SHOUT)) &&
           gap_blank(w->gap) && before->kind == TK_WORD && (before->flags & T_CAPITAL) &&
           !before->dull;
}

static void take_pronoun(struct pass *p, size_t k)
{
    const char *neutral = pronoun(&p->t, k);
    if (!neutral || in_name(&p->t, k))
        return;
    if (strcmp(neutral, "they") == 0)
        mend_verb(p, k);
    take_range(p, p->t.v[k].from, p->t.v[k].to, SCRUB_GENDER, CUED, "gender.pronoun", neutral);
}

static void take_pronouns(struct pass *p)
{
    const struct tokens *t = &p->t;
    static const struct words owners = WORDS("my", "our", "his", "her", "their", "the");
    enum antecedent outside = NOBODY, inside = NOBODY;
    bool first_person = false;
    struct wanted at_person = wanted_from(t, W_PERSON);
    for (size_t k; (k = wanted_next(&at_person)) < t->n;) {
        const struct token *w = &t->v[k];
        const bool quoted = (w->flags & T_QUOTED) != 0;
        if (quoted && (w->gap & GAP_QUOTE))
            inside = NOBODY;
        /* A line that begins with "He" in a list of what one has done: the one whom all are about.
         */
        if (!quoted && !first_person && (w->gap & GAP_LINE) && (w->bits & (LEX_FEMALE | LEX_MALE)))
            outside = NOBODY;
        enum antecedent *last = quoted ? &inside : &outside;
        if (!first_person && !quoted)
            first_person = token_is(t, k, "i") || token_is(t, k, "my");
        if (w->kind == TK_PLACEHOLDER)
            *last = placeholder_person(t, w, *last);
        else if ((w->flags & T_OWN) && !addressed(t, k))
            *last = APPLICANT;
        else if (*last == APPLICANT && (w->bits & LEX_KIN) && token_is(t, k + 1, "of"))
            continue; /* "the eldest daughter of a large family, she" */
        else if ((w->flags & T_NAME) || (w->bits & LEX_KIN) ||
                 (!quoted && k > 0 && (w->bits & (LEX_TITLE | LEX_ROLE)) &&
                  ((w->flags & T_CAPITAL) || token_in(t, k - 1, &owners))))
            *last = SOMEBODY;
        if (!(w->bits & (LEX_FEMALE | LEX_MALE)) || (w->flags & T_CLAIMED) || w->kind != TK_WORD)
            continue;
        const bool about = *last == APPLICANT || (*last == NOBODY && (quoted || !first_person));
        if (about)
            take_pronoun(p, k);
    }
}

/* "Pronouns: she/her", "(he/him)": as one wants to be called. */
static void take_pronoun_pairs(struct pass *p)
{
    const struct tokens *t = &p->t;
    struct wanted at_person = wanted_from(t, W_PERSON);
    for (size_t k; (k = wanted_next(&at_person)) < t->n;) {
        const struct token *w = &t->v[k], *next = w + 1;
        const uint64_t either = LEX_FEMALE | LEX_MALE;
        if (!(w->bits & either) || w->gap == GAP_SLASH || next->gap != GAP_SLASH ||
            ((w->flags | next->flags) & T_CLAIMED) || (w->bits & next->bits & either) == 0)
            continue;
        size_t b = k + 1;
        while (t->v[b + 1].gap == GAP_SLASH && (t->v[b + 1].bits & either))
            b++;
        take_range(p, w->from, t->v[b].to, SCRUB_GENDER, SURE, "gender.pronouns", "they/them");
    }
}

/* "Sex: F", "Gender: M": the letter in a form. */
static void take_letters(struct pass *p)
{
    static const struct words asked = WORDS("sex", "gender");
    const struct tokens *t = &p->t;
    struct wanted at_letter = wanted_from(t, W_LETTER);
    for (size_t k; (k = wanted_next(&at_letter)) < t->n;) {
        const struct token *w = &t->v[k];
        if (k > 0 && (w->gap & GAP_COLON) && !(w->flags & T_CLAIMED) &&
            (token_is(t, k, "f") || token_is(t, k, "m")) && token_in(t, k - 1, &asked))
            take_range(p, w->from, w->to, SCRUB_GENDER, SURE, "gender.letter", NULL);
    }
}

void gender_hits(struct pass *p)
{
    const struct tokens *t = &p->t;
    if (p->policy->action[SCRUB_GENDER] == SCRUB_KEEP &&
        p->policy->action[SCRUB_KINSHIP] == SCRUB_KEEP)
        return;
    for (size_t k = token_wanted(t, 0, W_GENDER); k < t->n; k = token_wanted(t, k + 1, W_GENDER)) {
        const struct token *w = &t->v[k];
        const uint64_t bits = w->bits | (w->phrase_set ? w->phrase_set->bits : 0);
        if (!(bits & (LEX_GENDERED | LEX_GENDER_ADJ | LEX_KIN)) || w->kind != TK_WORD ||
            (w->flags & (T_CLAIMED | T_CLITIC)))
            continue;
        if (bits & (LEX_GENDERED | LEX_GENDER_ADJ))
            k = take_noun(p, k);
        else if (bits & LEX_KIN)
            take_kin(p, k);
    }
    take_letters(p);
    take_pronoun_pairs(p);
    take_pronouns(p);
    p->t.steps += 2 * t->n;
}
