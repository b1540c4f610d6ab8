/* What people declared and mended in interviews against the log: statements of interest, whose
 * refusals decide who may be given an interview again, and corrections of transcripts. */
#include "base/str.h"
#include "codec/canon.h"
#include "repo/verify_bias_repo.h"
#include "service/verify_inner.h"

enum { WORD_ID = 160, WORD_ROOM = 64 * 1024 };

/* What entries say of one row, or of the rows of one person and interview. */
struct word_fact {
    struct str id;
    int64_t idx, entries, rows;
    struct entry_commit commit;
    char nonce[2 * NONCE_N + 1];
    bool committed, by_student;
};

static struct str word_id(char room[WORD_ID], const char *what, int64_t number, struct str who)
{
    const int n = snprintf(room, WORD_ID, "%s:%lld:%.*s", what, (long long)number, STR_ARG(who));
    return (struct str){ room, n > 0 && n < WORD_ID ? (size_t)n : 0 };
}

/* The newest of a kind is what the row must hold. */
static void keep(struct verify *v, const struct entry *e, struct str id)
{
    struct word_fact *f = id_add(v, &v->words, id, sizeof(*f));
    f->idx = e->idx;
    f->entries++;
    f->by_student = str_eq(e->actor, S("student"));
    f->committed = e->n_commits == 1;
    if (!f->committed)
        return;
    f->commit = e->commits[0];
    f->commit.name = str_keep(v->keep, e->commits[0].name);
    memcpy(f->nonce, e->nonce_hex.p, sizeof(f->nonce) - 1);
}

void words_take(struct verify *v, const struct entry *e)
{
    char room[WORD_ID];
    int64_t id = 0;
    const bool start = str_eq(e->act, S("interview.start"));
    if (start || str_eq(e->act, S("interview.decline"))) {
        const struct str who = str_sub(e->actor, sizeof("admin:") - 1, SIZE_MAX);
        if (str_i64(str_sub(e->subj, sizeof("interview:") - 1, SIZE_MAX), &id))
            keep(v, e, word_id(room, start ? "start" : "decline", id, who));
    } else if (str_eq(e->act, S("transcript.correct"))) {
        if (data_i64(v, e->data, "transcript", &id))
            keep(v, e, word_id(room, "mend", id, S("")));
        else
            finding(v, e->idx, "entry.format", "transcript.correct names no row");
    }
}

static struct word_fact *find(struct verify *v, struct str id)
{
    struct word_fact *f = id_find(&v->words, id);
    if (f)
        f->rows++;
    return f;
}

static bool opens(struct ctx *c, struct verify *v, const struct word_fact *f, struct str wrapped,
                  struct str words)
{
    uint8_t key[SUBJECT_KEY_N];
    struct entry e = { .nonce_hex = str_of(f->nonce), .n_commits = 1 };
    struct buf b;
    e.commits[0] = f->commit;
    if (!wrapped.p || !verify_open_key(c, v, f->idx, wrapped, key))
        return true; /* erased, or reported with identity.scrub */
    buf_init(&b, v->scratch, WORD_ROOM);
    canon_str(&b, words);
    const bool ok = f->committed && verify_opens(&e, key, f->commit.name, buf_view(&b));
    secret_wipe(key, sizeof(key));
    return ok;
}

static err declaration_row(struct ctx *c, const void *row, void *arg)
{
    const struct verify_declaration *r = row;
    struct verify *v = arg;
    char room[WORD_ID];
    struct word_fact *f =
        find(v, word_id(room, r->accepted ? "start" : "decline", r->interview_id, r->admin_id));
    if (!f || f->rows > f->entries)
        finding(v, f ? f->idx : -1, "row.extra", "statement %lld of interview %lld has no entry",
                (long long)r->id, (long long)r->interview_id);
    else if (!r->accepted && !(r->reason.p ? opens(c, v, f, r->wrapped, r->reason) : !r->wrapped.p))
        finding(v, f->idx, "row.interview",
                "the reason why interview %lld was declined is not the one that was given",
                (long long)r->interview_id);
    arena_reset(v->scratch);
    return ERR_OK;
}

/* A row that retention has taken says nothing; one that is there says what was last written. */
static err correction_row(struct ctx *c, const void *row, void *arg)
{
    const struct verify_correction *r = row;
    struct verify *v = arg;
    char room[WORD_ID];
    struct word_fact *f = find(v, word_id(room, "mend", r->id, S("")));
    if (!f && r->text.p)
        finding(v, -1, "row.extra", "the correction of transcript %lld has no entry",
                (long long)r->id);
    else if (f && !r->text.p && r->wrapped.p)
        finding(v, f->idx, "row.missing", "the correction of transcript %lld is not in its row",
                (long long)r->id);
    else if (f && r->text.p &&
             (f->by_student != r->by_student || !opens(c, v, f, r->wrapped, r->text)))
        finding(v, f->idx, "row.transcript",
                "the correction of transcript %lld is not the one that was made", (long long)r->id);
    arena_reset(v->scratch);
    return ERR_OK;
}

err verify_words(struct ctx *c, struct verify *v)
{
    TRY(finding_from(c, v, -1, "row.read", verify_declarations(c, v->tx, declaration_row, v)));
    TRY(finding_from(c, v, -1, "row.read", verify_corrections(c, v->tx, correction_row, v)));
    for (size_t i = 0; i < v->words.cap; i++) {
        const struct word_fact *f = v->words.v[i];
        if (f && f->rows < f->entries && !str_starts(f->id, S("mend:")))
            finding(v, f->idx, "row.missing", "the statement %.*s has no row", STR_ARG(f->id));
    }
    return ERR_OK;
}
