/* scrub/name.c: names of other persons, places, schools and bodies. The first walk learns the parts
 * of sure names; the second takes every run that is one and every word that was learned. */
#include "base/str.h"
#include "scrub/given_word.h"
#include "scrub/tagger.h"

enum {
    TEACHES = 60,
    LISTS = 50,
    LEARNED = 85,
    SMALL_CUED = 70,
    HINTED = 30,
    WEAK = 50,
    CITED_MAX = 64
};

static void learn(struct pass *p, const struct verdict *v)
{
    for (size_t k = v->a; k <= v->b; k++) {
        const struct token *w = &p->t.v[k];
        const bool day = (w->bits & LEX_DAY) && !((w->bits & LEX_FIRST) && k < v->b);
        const bool part =
            w->kind == TK_WORD && token_len(w) >= 3 && !(w->flags & T_CLITIC) && !day &&
            !(w->bits & (LEX_FUNCTION | LEX_PARTICLE | LEX_TITLE | LEX_MONTH | LEX_KIN | LEX_ROLE));
        /* A word that is a word too is only learned beside a sure part or a cue. */
        const bool sure = !(w->bits & LEX_PLAIN_BITS) || v->b > v->a || v->confidence >= 70;
        if (part && sure)
            learned_add(p->learned, w->hash);
    }
}

static const struct words list_links = WORDS("and", "or");

/* The place of the next in a list of names: behind a comma, "and" or "or"; 0: the list ends. */
static size_t list_next(const struct tokens *t, size_t k, bool *ret_linked)
{
    const struct token *next = token_at(t, k + 1);
    const bool comma = next->gap == (GAP_COMMA | GAP_BLANK);
    const bool link = (comma || gap_blank(next->gap)) && token_in(t, k + 1, &list_links);
    *ret_linked |= link;
    return link ? k + 2 : comma ? k + 1 : 0;
}

/* The same backwards. */
static size_t list_before(const struct tokens *t, size_t k, bool *ret_linked)
{
    const bool link = k > 1 && gap_blank(t->v[k].gap) && token_in(t, k - 1, &list_links);
    const size_t at = link ? k - 1 : k;
    const uint16_t gap = t->v[at].gap;
    *ret_linked |= link;
    return at > 0 && (gap == (GAP_COMMA | GAP_BLANK) || (link && gap_blank(gap))) ? at - 1 : 0;
}

/* An English word with a capital that stands alone between the marks of a list. */
static bool list_word(const struct tokens *t, size_t k)
{
    const uint64_t other = LEX_SUBJECT | LEX_BRAND | LEX_COMPETITION | LEX_DEMONYM | LEX_LANGUAGE |
                           LEX_MONTH | LEX_DAY | LEX_COUNTRY | LEX_SCHOOL | LEX_ORG_TAIL |
                           LEX_ORG_KNOWN | LEX_UNIT | LEX_FUNCTION | LEX_NUMBER | LEX_ROLE |
                           LEX_KIN;
    const uint64_t others = LEX_RELIGION | LEX_CULTURE | LEX_REGION | LEX_BIG_PLACE |
                            LEX_PLACE_KIND | LEX_EPONYM | LEX_EPONYM_HEAD | LEX_FIGURE |
                            LEX_FIGURE_PART | LEX_FICTION | LEX_WORK | LEX_GENDERED | LEX_TITLE;
    const uint16_t not_one =
        T_CLAIMED | T_CLITIC | T_CONTRACTED | T_SHOUT | T_START | T_CITED | T_MIXED;
    const struct token *w = token_at(t, k), *next = token_at(t, k + 1);
    const uint64_t bits = w->bits & (w->bits & LEX_FIRST ? other : other | others);
    return w->kind == TK_WORD && (w->flags & (T_CAPITAL | not_one)) == T_CAPITAL &&
           token_len(w) > 2 && !bits && next->gap != GAP_HYPHEN &&
           !(gap_joint(next->gap) && (next->flags & T_CAPITAL)) && !token_is(t, k + 1, "of");
}

/* "Ask Rusty, Destiny or Beau", "Memory, Thabo and I": in a list with a name each is one. The list
 * has three or an "and"; a to b is the name. */
static void learn_list(struct pass *p, size_t a, size_t b)
{
    enum { LIST_MAX = 6 };
    const struct tokens *t = &p->t;
    size_t words[2 * LIST_MAX + 1], n = 0;
    bool linked = false;
    for (size_t k = b, i = 0; i < LIST_MAX && (k = list_next(t, k, &linked)) && list_word(t, k);
         i++)
        words[n++] = k;
    for (size_t k = a, i = 0; i < LIST_MAX && (k = list_before(t, k, &linked)) && list_word(t, k);
         i++)
        words[n++] = k;
    if (n == 0 || (!linked && n == 1))
        return;
    /* What taught the others must not be lost by what they taught. */
    if (a == b && !(t->v[a].flags & T_OWN) && list_word(t, a))
        words[n++] = a;
    while (n > 0)
        learned_add(p->learned, t->v[words[--n]].hash);
}

/* Given names that are words, behind kin and friends: the only dull words that are names. */
static size_t next_small_word(struct pass *p, size_t k, struct verdict *ret)
{
    const struct tokens *t = &p->t;
    for (; k < t->n; k++)
        if (t->v[k].dull && given_small(p, k))
            break;
    *ret = (struct verdict){ k, k, SCRUB_PERSON, SMALL_CUED, "name.small" };
    return k;
}

/* "my friend chidi", "mr okafor": names in small letters stand behind a cue only. */
static bool small_name(const struct pass *p, size_t k)
{
    static const struct words owners =
        WORDS("my", "our", "his", "her", "their", "a", "named", "called");
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k];
    const uint64_t land = w->bits & LEX_FIRST ? LEX_REGION | LEX_BIG_PLACE : 0;
    const uint64_t other =
        ~(LEX_FIRST | LEX_LAST | LEX_HAS_NICKNAMES | LEX_PHRASE_HEAD | LEX_PLACE | land);
    static const struct words courtesy = WORDS("mr", "mrs", "ms", "miss", "mister", "dr", "prof");
    if (k == 0 || w->kind != TK_WORD || (w->flags & (T_CAPITAL | T_CLAIMED | T_CLITIC)) ||
        token_len(w) < 2 || (w->gap & ~(GAP_BLANK | GAP_DOT)))
        return false;
    /* "mr deng", "ms gray": whatever the word means else */
    if (!(w->bits & LEX_FUNCTION) && token_in(t, k - 1, &courtesy))
        return true;
    if ((w->bits & other) || token_len(w) < 3)
        return false;
    const struct token *before = &t->v[k - 1];
    if ((before->bits & LEX_TITLE) && !(before->bits & (LEX_ROLE | LEX_ORDINARY)))
        return true;
    if (!gap_blank(w->gap))
        return false;
    const bool owned = k > 1 && (token_in(t, k - 2, &owners) ||
                                 (k > 2 && gap_blank(before->gap) && token_in(t, k - 3, &owners)));
    if (owned && (before->bits & (LEX_KIN | LEX_ROLE)))
        return (w->bits & (LEX_FIRST | LEX_LAST)) != 0 || token_is(t, k - 1, "friend") ||
               (before->bits & LEX_KIN);
    return k > 1 && token_is(t, k - 1, "named") &&
           (t->v[k - 2].bits & (LEX_KIN | LEX_ROLE | LEX_GENDERED));
}

/* The Even of Even Hansson, the Justice of Justice Owusu: within a sentence. */
static bool is_given_too(const struct token *w)
{
    const uint16_t flags = T_CAPITAL | T_START | T_SHOUT | T_HEADING | T_CLITIC | T_CONTRACTED;
    return (w->flags & flags) == T_CAPITAL && token_len(w) > 1 && (w->bits & LEX_FIRST) &&
           !(w->bits & LEX_MONTH) && gap_blank(w[1].gap) &&
           ((w->bits & LEX_FUNCTION) || ((w->bits & LEX_TITLE) && (w->bits & LEX_GIVEN_WORD)));
}

/* Mr, Mrs, Ms go with the name, as they tell a gender, and so do Grandpa and Kuya, an address of
 * kin or of another language; Coach and Dean stay. */
static bool is_address(const struct tokens *t, size_t k)
{
    static const struct words courtesy =
        WORDS("mr", "mrs", "ms", "miss", "mx", "sir", "madam", "mister", "dr", "prof");
    const struct token *w = &t->v[k];
    return token_in(t, k, &courtesy) || is_given_too(w) ||
           ((w->flags & T_CAPITAL) &&
            ((w->bits & LEX_KIN) || ((w->bits & LEX_TITLE) && !(w->bits & LEX_PLAIN_BITS))));
}

static size_t with_courtesy(const struct pass *p, const struct verdict *v)
{
    const struct tokens *t = &p->t;
    size_t a = v->a;
    size_t i = a; /* ms dos Anjos */
    while (v->type == SCRUB_PERSON && i > 0 && gap_blank(t->v[i].gap) &&
           (t->v[i - 1].bits & LEX_PARTICLE) && !(t->v[i - 1].flags & (T_CAPITAL | T_CLAIMED)))
        i--;
    a = i > 0 && i < a && gap_blank(t->v[i].gap) && is_address(t, i - 1) ? i : a;
    while (v->type == SCRUB_PERSON && a > 0 && !(t->v[a].gap & ~(GAP_BLANK | GAP_DOT)) &&
           !(t->v[a - 1].flags & T_CLAIMED) && is_address(t, a - 1))
        a--;
    return a;
}

/* "born in walsall": towns in a text without capitals. */
static bool small_place(const struct pass *p, size_t k)
{
    if (!p->small || k == 0)
        return false;
    static const struct words locatives = WORDS("in", "from", "near", "to", "at", "around", "of");
    const struct token *w = &p->t.v[k];
    const uint64_t land = LEX_PLACE | LEX_BIG_PLACE | LEX_COUNTRY | LEX_REGION;
    /* "im from boudha": a word that no list knows. */
    const bool strange = !w->bits && token_is(&p->t, k - 1, "from") && token_len(w) > 3;
    return w->kind == TK_WORD && ((w->bits & land) || strange) &&
           !(w->flags & (T_CAPITAL | T_CLAIMED | T_CLITIC)) && gap_blank(w->gap) &&
           !(w->bits & (LEX_PLAIN_BITS | LEX_SUBJECT | LEX_BRAND)) &&
           token_in(&p->t, k - 1, &locatives);
}

/* Kavitha a/p Muniandy, Raj s/o Pillai: a parent's name behind a slash. */
static size_t with_parent(const struct tokens *t, const struct verdict *v)
{
    static const struct words first = WORDS("a", "s", "d", "b");
    static const struct words second = WORDS("p", "l", "o", "t");
    size_t b = v->b;
    if (v->type != SCRUB_PERSON || b + 3 >= t->n || !token_in(t, b + 1, &first) ||
        t->v[b + 2].gap != GAP_SLASH || !token_in(t, b + 2, &second) ||
        !(t->v[b + 3].flags & T_CAPITAL) || !gap_blank(t->v[b + 3].gap))
        return b;
    for (b += 3; b + 1 < t->n && gap_joint(t->v[b + 1].gap) && (t->v[b + 1].flags & T_CAPITAL) &&
                 !(t->v[b + 1].bits & LEX_FUNCTION);)
        b++;
    return b;
}

/* The H of H'Hen, the D of D'Souza. */
static size_t with_letter(const struct tokens *t, const struct verdict *v, size_t a)
{
    return v->type == SCRUB_PERSON && a > 0 && a == v->a && t->v[a].gap == GAP_APOSTROPHE &&
                   (t->v[a - 1].flags & T_INITIAL) && !(t->v[a - 1].flags & T_CLAIMED)
               ? a - 1
               : a;
}

/* "the province of Utrecht", "I Liceum", and the "of" behind what was taken of a school's name:
 * "Our Lady of Lourdes". */
static size_t with_kind(const struct tokens *t, const struct verdict *v, size_t a)
{
    static const struct words lands =
        WORDS("province", "region", "district", "county", "state", "department", "governorate",
              "oblast", "canton", "prefecture", "valley", "island", "islands", "municipality");
    const uint16_t how = T_CLAIMED | T_CAPITAL | T_NAME | T_OWN;
    if (a < 2 || !gap_blank(t->v[a].gap))
        return a;
    const bool of = token_is(t, a - 1, "of") && gap_blank(t->v[a - 1].gap);
    if (v->type == SCRUB_LOCATION)
        return of && token_in(t, a - 2, &lands) ? a - 2 : a;
    if (v->type != SCRUB_SCHOOL)
        return a;
    if (token_is(t, a - 1, "i") && !(t->v[a].bits & LEX_PLAIN_BITS))
        return a - ((t->v[a - 1].flags & T_CAPITAL) != 0);
    return a - (of && (t->v[a - 2].flags & how) == (T_CLAIMED | T_CAPITAL));
}

static void take(struct pass *p, const struct verdict *v)
{
    const size_t a = with_letter(&p->t, v, with_courtesy(p, v));
    hit_tokens(
        p, with_kind(&p->t, v, a), with_parent(&p->t, v),
        (struct hit){
            .type = v->type, .strength = BY_NAME, .confidence = v->confidence, .rule = v->rule });
    if (v->type == SCRUB_PERSON && (p->t.v[v->a].flags & T_CLAIMED))
        for (size_t k = v->a; k <= v->b; k++) {
            p->t.v[k].flags |= T_NAME;
            note_person(p, k);
        }
}

/* In a text without capitals listed names count by themselves, strange words beside "and me". */
static bool small_text_name(const struct pass *p, size_t k)
{
    static const struct words selves = WORDS("me", "i", "us");
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k];
    const uint64_t other =
        ~(LEX_FIRST | LEX_LAST | LEX_HAS_NICKNAMES | LEX_PHRASE_HEAD | LEX_PLACE);
    const uint16_t marks = GAP_BLANK | GAP_QUOTE | GAP_COMMA;
    const uint16_t stops =
        w->bits & LEX_FIRST && w->gap & (GAP_BLANK | GAP_LINE) ? GAP_DOT | GAP_STOP | GAP_LINE : 0;
    if (!p->small || w->kind != TK_WORD || (w->flags & (T_CAPITAL | T_CLAIMED | T_CLITIC)) ||
        (w->bits & other) || token_len(w) < 3 || (w->gap & ~(marks | stops)) ||
        (w->phrase_set && (w->phrase_set->bits & LEX_FIGURE)))
        return false;
    if (w->bits & LEX_FIRST)
        return true;
    const bool pair = token_is(t, k + 1, "and") && token_in(t, k + 2, &selves);
    return pair || ((t->v[k + 1].bits & LEX_SPEECH) && gap_blank(t->v[k + 1].gap));
}

/* Who writes i for I leaves capitals out. */
bool is_small_text(const struct tokens *t)
{
    enum { SMALL_MIN = 2 };
    size_t n = 0;
    struct wanted at_letter = wanted_from(t, W_LETTER);
    for (size_t k; (k = wanted_next(&at_letter)) < t->n;)
        n += token_len(&t->v[k]) == 1 && !(t->v[k].flags & (T_CAPITAL | T_CLITIC)) &&
             (t->v[k].gap & (GAP_BLANK | GAP_LINE | GAP_EDGE)) && gap_blank(t->v[k + 1].gap) &&
             token_is(t, k, "i");
    return n >= SMALL_MIN;
}

static size_t small_end(const struct pass *p, size_t k)
{
    const uint64_t names = LEX_FIRST | LEX_LAST;
    const struct token *next = &p->t.v[k + 1];
    const bool more = next->kind == TK_WORD && gap_blank(next->gap) &&
                      !(next->flags & (T_CAPITAL | T_CLAIMED)) && !(next->bits & LEX_PLAIN_BITS) &&
                      (next->bits & names);
    return more ? k + 1 : k;
}

/* Later mentions of a cited figure by the last part of the name. */
static void mark_figures(struct pass *p)
{
    const struct tokens *t = &p->t;
    if (!t->cited)
        return;
    uint64_t cited[CITED_MAX];
    size_t n = 0;
    struct wanted at_name = wanted_from(t, W_NAME);
    for (size_t k; (k = wanted_next(&at_name)) < t->n;) {
        struct token *w = &t->v[k];
        if (!(w->flags & T_CAPITAL))
            continue; /* a figure's name begins with one */
        if (w->phrase_set && (w->flags & T_CITED) && n < CITED_MAX)
            cited[n++] = t->v[k + w->phrase - 1].hash;
        for (size_t i = 0; i < n; i++)
            if (cited[i] == w->hash)
                w->flags |= T_CITED;
    }
    p->t.steps += t->n;
}

static struct verdict judge_run(struct pass *p, const struct run *r)
{
    return r->b < r->a ? (struct verdict){ .type = SCRUB_TYPE_COUNT }
                       : tagger_judge(p, r, run_judge(p, r));
}

static void note_run(struct pass *p, size_t k, const struct run *r, const struct verdict *v)
{
    if (p->n_noted < p->noted_cap)
        p->noted[p->n_noted++] = (struct noted_run){ .k = (uint32_t)k,
                                                     .a = (uint32_t)r->a,
                                                     .b = (uint32_t)r->b,
                                                     .n_learned = p->learned->n,
                                                     .from = (uint32_t)v->a,
                                                     .to = (uint32_t)v->b,
                                                     .rule = v->rule,
                                                     .type = v->type,
                                                     .confidence = v->confidence,
                                                     .school = r->school };
}

/* Nothing was learned since of a word that a rule may have looked at: those of the run, and the
 * capital ones behind it. */
static bool still_holds(const struct pass *p, const struct noted_run *m)
{
    enum { SEEN_AHEAD = 8 };
    const struct tokens *t = &p->t;
    const size_t last = m->b < m->a ? m->k : m->b;
    if (m->school && m->k > 0 && (t->v[m->k - 1].flags & T_CLAIMED))
        return false; /* "Second Lyceum": it may have been taken since */
    if (m->n_learned == p->learned->n)
        return true;
    for (size_t i = m->k; i <= last + SEEN_AHEAD && i < t->n; i++)
        if ((i <= last || (t->v[i].flags & T_CAPITAL)) && learned_has(p->learned, t->v[i].hash))
            return false;
    return true;
}

/* The run at k and what it is, as noted if that still holds; *at walks the notes along. */
static struct verdict find_run(struct pass *p, size_t k, size_t *at, size_t *ret_a, size_t *ret_b)
{
    while (*at < p->n_noted && p->noted[*at].k < k)
        ++*at;
    const struct noted_run *m = *at < p->n_noted ? &p->noted[*at] : NULL;
    if (m && m->k == k && still_holds(p, m)) {
        *ret_a = m->a;
        *ret_b = m->b;
        return (struct verdict){ m->from, m->to, m->type, m->confidence, m->rule };
    }
    const struct run r = run_at(p, k);
    *ret_a = r.a;
    *ret_b = r.b;
    return judge_run(p, &r);
}

static void notes_open(struct pass *p)
{
    enum { TOKENS_A_RUN = 4, NOTED_MIN = 16 };
    const size_t n = p->t.n / TOKENS_A_RUN + NOTED_MIN;
    p->noted = arena_try_dirty(p->c->mem, n, sizeof(*p->noted), _Alignof(struct noted_run));
    p->noted_cap = p->noted ? n : 0;
    p->n_noted = 0;
}

/* "Good Friday", "Girl Scout": of a group, and for the passes for groups. */
static bool group_phrase(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    const uint64_t groups =
        LEX_RELIGION | LEX_CULTURE | LEX_ORIENTATION | LEX_STATUS | LEX_DISABILITY | LEX_GENDERED;
    const uint64_t bits = w->phrase_set ? w->phrase_set->bits : 0;
    return w->phrase > 1 && ((bits & groups) || (bits & LEX_FAMILY && bits & LEX_SURE)) &&
           !(w->flags & (T_CLAIMED | T_SHOUT)) &&
           (p->t.v[k + w->phrase - 1].flags & (T_CAPITAL | T_CLAIMED)) == T_CAPITAL;
}

void learn_names(struct pass *p)
{
    const struct tokens *t = &p->t;
    struct verdict small;
    notes_open(p);
    mark_figures(p);
    for (size_t k = 0; p->small && (k = next_small_word(p, k, &small)) < t->n; k++)
        learn(p, &small);

    for (size_t k = 0; (k = token_wanted(t, k, W_NAME)) < t->n;) {
        const bool capital = (t->v[k].flags & T_CAPITAL) != 0;
        if (!capital && (small_name(p, k) || small_text_name(p, k))) {
            const struct verdict v = { k, small_end(p, k), SCRUB_PERSON, SMALL_CUED, "name.small" };
            learn(p, &v);
        }
        if (t->v[k].flags & T_OWN)
            learn_list(p, k, k);
        if (capital && t->v[k].phrase_set && group_phrase(p, k)) {
            k += t->v[k].phrase;
            continue;
        }
        if (!capital || begins_no_run(p, &t->v[k])) {
            k++;
            continue;
        }
        const struct run r = run_at(p, k);
        const struct verdict v = judge_run(p, &r);
        note_run(p, k, &r, &v);
        if (r.b < r.a) {
            k++;
            continue;
        }
        if (v.type == SCRUB_PERSON && v.confidence >= TEACHES)
            learn(p, &v);
        if (v.type == SCRUB_PERSON && v.confidence >= LISTS)
            learn_list(p, v.a, v.b);
        k = r.b + 1;
    }
    p->t.steps += 3 * t->n;
}

/* A part learned elsewhere, that stands alone here. */
static void take_known(struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    const bool word = (w->bits & LEX_PLAIN_BITS) != 0;
    if (w->kind != TK_WORD || (w->flags & (T_CLAIMED | T_CLITIC | T_CONTRACTED)) ||
        (word && !(w->flags & T_CAPITAL)) || day_meant(p, k))
        return;
    if (word && (w->flags & T_START) && !(w->flags & T_POSSESSIVE) &&
        !(p->t.v[k + 1].bits & LEX_SPEECH) && (w->bits & LEX_FREQUENT))
        return;
    const struct verdict v = { k, k, SCRUB_PERSON, LEARNED, "name.learned" };
    take(p, &v);
}

static inline void take_learned(struct pass *p, size_t k)
{
    if (learned_has(p->learned, p->t.v[k].hash))
        take_known(p, k);
}

/* Marie Curie, beside a friend who is called Marie: not both parts are somebody's that one knows.
 */
static bool whole_figure(const struct pass *p, size_t k, size_t last)
{
    const struct token *w = &p->t.v[k];
    return last > k && (w->phrase_set->bits & LEX_FIGURE) &&
           learned_has(p->learned, w->hash) != learned_has(p->learned, p->t.v[last].hash);
}

/* A known phrase that holds this run: Things Fall Apart, New York, Marie Curie. */
static size_t phrase_end(struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    const uint64_t land = LEX_COUNTRY | LEX_REGION | LEX_BIG_PLACE | LEX_PLACE;
    if (!w->phrase_set || !(w->flags & T_CAPITAL) || (w->flags & T_CLAIMED))
        return k;
    if (group_phrase(p, k))
        return k + w->phrase;
    const size_t last = k + w->phrase - 1;
    const bool capital = (p->t.v[last].flags & T_CAPITAL) != 0;
    if (capital && (w->phrase_set->bits & land) && run_at(p, k).b <= last) {
        const struct verdict v = { k, last, SCRUB_LOCATION, 75, "name.place" };
        take(p, &v);
        return last + 1;
    }
    if (capital && whole_figure(p, k, last) && run_at(p, k).b <= last)
        return last + 1;
    if ((w->phrase_set->bits &
         (LEX_KEEP | LEX_BRAND | LEX_ORG_KNOWN | LEX_COMPETITION | LEX_SUBJECT | LEX_FICTION)) &&
        run_at(p, k).b <= last)
        return last + 1;
    return k;
}

/* "lycée Paul-Éluard", "III. gimnazija Osijek": a school's word of another language in small
 * letters, then its name. The token past it. */
static size_t take_small_school(struct pass *p, size_t k)
{
    enum { NUMERAL_MAX = 5 };
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k], *name = token_at(t, k + 1);
    if (w->dull || (w->flags & (T_CLAIMED | T_CLITIC)) || !gap_blank(name->gap) ||
        !(name->flags & T_CAPITAL) || (name->flags & T_CLAIMED))
        return k + 1;
    const struct run r = run_at(p, k + 1);
    if (r.b < r.a)
        return k + 1;
    const bool numeral = k > 0 && (w[-1].flags & (T_ALL_CAPS | T_INITIAL)) &&
                         token_len(&w[-1]) <= NUMERAL_MAX && !(w->gap & ~(GAP_BLANK | GAP_DOT)) &&
                         !(w[-1].flags & T_CLAIMED);
    const struct verdict v = { numeral ? k - 1 : k, r.b, SCRUB_SCHOOL, 75, "name.school" };
    take(p, &v);
    return r.b + 1;
}

/* A word of any sense, where only a person can stand. */
static void take_spotted(struct pass *p, size_t k)
{
    if (!spot_person(p, k))
        return;
    const struct verdict v = { k, k, SCRUB_PERSON, SMALL_CUED, "name.spot" };
    take(p, &v);
}

/* "a talk at gallatin fork high school": in a text without capitals, behind a preposition and
 * without an article. */
static void small_schools(struct pass *p)
{
    enum { NAME_MAX = 4 };
    static const struct words places = WORDS("at", "from", "of", "to", "in", "near");
    static const struct words others =
        WORDS("the", "a", "an", "my", "our", "his", "her", "their", "this", "every", "each",
              "after", "before", "old", "new", "public", "local", "another", "any", "no");
    const struct tokens *t = &p->t;
    for (size_t k = token_wanted(t, 0, W_PROXY); k < t->n; k = token_wanted(t, k + 1, W_PROXY)) {
        const struct token *w = &t->v[k];
        size_t a = k, own = 0;
        if (!(w->bits & LEX_SCHOOL) || (w->flags & (T_CAPITAL | T_CLAIMED)) || k == 0)
            continue;
        while (a > 0 && k - a <= NAME_MAX && gap_blank(t->v[a].gap) &&
               t->v[a - 1].kind == TK_WORD && !(t->v[a - 1].flags & T_CLAIMED) &&
               !token_in(t, a - 1, &places) && !token_in(t, a - 1, &others) &&
               !(t->v[a - 1].bits & LEX_FUNCTION))
            own += !(t->v[--a].bits & (LEX_SCHOOL | LEX_SUBJECT | LEX_GENDER_ADJ | LEX_FREQUENT));
        if (own == 0 || a == 0 || !gap_blank(t->v[a].gap) || !token_in(t, a - 1, &places))
            continue;
        const size_t b = k + (gap_blank(t->v[k + 1].gap) && (t->v[k + 1].bits & LEX_SCHOOL));
        const struct verdict v = { a, b, SCRUB_SCHOOL, SMALL_CUED, "name.small_school" };
        take(p, &v);
    }
}

void name_hits(struct pass *p)
{
    const struct tokens *t = &p->t;
    struct verdict small;
    size_t noted = 0;
    if (p->small)
        small_schools(p);
    for (size_t k = 0; p->small && (k = next_small_word(p, k, &small)) < t->n; k++)
        take(p, &small);
    for (size_t k = 0; (k = token_wanted(t, k, W_NAME)) < t->n;) {
        const bool capital = (t->v[k].flags & T_CAPITAL) != 0;
        const size_t item = capital ? 0 : spot_item(p, k);
        if (item > k) {
            const struct verdict v = { k, item, SCRUB_ORG, SMALL_CUED, "name.small_body" };
            take(p, &v);
            k = item + 1;
            continue;
        }
        if (!capital && small_place(p, k)) {
            const struct verdict v = { k, k, SCRUB_LOCATION, SMALL_CUED, "name.small_place" };
            take(p, &v);
            k++;
            continue;
        }
        if (!capital && (small_name(p, k) || small_text_name(p, k))) {
            const struct verdict v = { k, small_end(p, k), SCRUB_PERSON, SMALL_CUED, "name.small" };
            take(p, &v);
            k = v.b + 1;
            continue;
        }
        if (!capital && (t->v[k].bits & LEX_SCHOOL)) {
            k = take_small_school(p, k);
            continue;
        }
        if (!capital) {
            take_learned(p, k++);
            continue;
        }
        const size_t past = t->v[k].phrase_set ? phrase_end(p, k) : k;
        if (past > k) {
            k = past;
            continue;
        }
        if (begins_no_run(p, &t->v[k])) {
            take_spotted(p, k);
            take_learned(p, k++);
            continue;
        }
        size_t a, b;
        const struct verdict v = find_run(p, k, &noted, &a, &b);
        if (b < a) {
            take_learned(p, k++);
            continue;
        }
        if (v.type != SCRUB_TYPE_COUNT && v.confidence >= HINTED &&
            !(v.confidence < WEAK && v.a == k && spot_person(p, k)))
            take(p, &v);
        take_spotted(p, k);
        for (size_t i = a; i <= b; i++)
            take_learned(p, i);
        k = b + 1;
    }
    p->t.steps += 4 * t->n;
}
