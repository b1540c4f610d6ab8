/* The two hash chains of the original, verified by its own rules (CONTRACT 9), row after row. */
#include "base/str.h"
#include "codec/base64.h"
#include "codec/canon.h"
#include "codec/json.h"
#include "codec/time.h"
#include "domain/legacy.h"

enum { HEX_N = 2 * SHA256_N, ROW_MAX = 4096, AUDIT_TEXT_MAX = 8192 };

static const char *const kind_text[] = { "decisions", "audit" };
NAMES(legacy_kind_names, kind_text);

static const char genesis_decisions[] =
    "0000000000000000000000000000000000000000000000000000000000000000";

struct hash legacy_decision_hash(const struct legacy_decision *d)
{
    const struct str parts[] = { d->data_json, S("|"), d->previous_hash };
    return sha256_parts(parts, 3);
}

/* Python's datetime.isoformat() of a UTC time: "+00:00" where we write "Z". */
static void put_iso(struct buf *b, int64_t us)
{
    char room[TIME_TEXT_MAX];
    struct buf t = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    time_write(&t, us);
    buf_c(b, '"');
    buf_put(b, t.p, t.n ? t.n - 1 : 0);
    buf_lit(b, "+00:00\"");
}

void legacy_audit_text(struct buf *b, const struct legacy_audit *a)
{
    buf_lit(b, "{\"action\": ");
    json_write_ascii(b, a->action);
    buf_lit(b, ", \"actor\": ");
    json_write_ascii(b, a->actor);
    buf_lit(b, ", \"entity_id\": ");
    json_write_ascii(b, a->entity_id);
    buf_lit(b, ", \"entity_type\": ");
    json_write_ascii(b, a->entity_type);
    buf_fmt(b, ", \"log_id\": %lld, \"previous_hash\": ", (long long)a->log_id);
    json_write_ascii(b, a->previous_hash.n ? a->previous_hash : S("genesis"));
    buf_lit(b, ", \"timestamp\": ");
    put_iso(b, a->timestamp);
    buf_c(b, '}');
}

void legacy_chain_start(struct legacy_chain *ch, enum legacy_kind kind, struct str before)
{
    *ch = (struct legacy_chain){ .count = 0 };
    merkle_init(&ch->tree);
    if (!before.p && kind == LEGACY_DECISIONS)
        before = str_of(genesis_decisions);
    const size_t n = before.n < HEX_N ? before.n : (size_t)HEX_N;
    if (n)
        memcpy(ch->head, before.p, n);
}

static void member(struct buf *b, const char *name, struct str value)
{
    buf_str(b, b->p[b->n - 1] == '{' ? S("\"") : S(",\""));
    buf_str(b, str_of(name));
    buf_lit(b, "\":");
    canon_str(b, value);
}

static void number(struct buf *b, const char *name, int64_t value)
{
    buf_fmt(b, ",\"%s\":%lld", name, (long long)value);
}

/* The row joins the tree, and its hash is what the next row must name. */
static void add(struct legacy_chain *ch, const struct buf *leaf, int64_t id, struct str hash)
{
    const struct hash h = merkle_leaf_hash(buf_view(leaf));
    merkle_add(&ch->tree, &h);
    if (ch->count++ == 0)
        ch->first = id;
    ch->last = id;
    memset(ch->head, 0, sizeof(ch->head));
    const size_t n = hash.n < HEX_N ? hash.n : (size_t)HEX_N;
    if (n)
        memcpy(ch->head, hash.p, n);
}

unsigned legacy_chain_decision(struct legacy_chain *ch, const struct legacy_decision *d)
{
    char computed[HEX_N + 1], room[ROW_MAX];
    struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    unsigned bits = LEGACY_SOUND;
    const struct hash h = legacy_decision_hash(d);
    hex_of(computed, h.b, SHA256_N);
    bits |= str_eq(d->data_hash, str_of(computed)) ? 0U : (unsigned)LEGACY_BAD_HASH;
    bits |= str_eq(d->previous_hash, str_of(ch->head)) ? 0U : (unsigned)LEGACY_BAD_LINK;
    buf_c(&b, '{');
    member(&b, "anonymized_id", d->anonymized_id);
    number(&b, "chain_id", d->chain_id);
    member(&b, "computed", str_of(computed));
    member(&b, "data_hash", d->data_hash);
    member(&b, "decision_type", d->decision_type);
    member(&b, "previous_hash", d->previous_hash);
    number(&b, "ts_us", d->timestamp);
    buf_c(&b, '}');
    ch->breaks += bits != LEGACY_SOUND;
    add(ch, &b, d->chain_id, d->data_hash);
    return bits;
}

unsigned legacy_chain_audit(struct legacy_chain *ch, const struct legacy_audit *a)
{
    char computed[HEX_N + 1], text_room[AUDIT_TEXT_MAX], room[ROW_MAX];
    struct buf text = { .p = text_room, .cap = sizeof(text_room), .max = sizeof(text_room) };
    struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    unsigned bits = LEGACY_SOUND;
    legacy_audit_text(&text, a);
    const struct hash h = sha256(buf_view(&text));
    hex_of(computed, h.b, SHA256_N);
    bits |= str_eq(a->current_hash, str_of(computed)) ? 0U : (unsigned)LEGACY_BAD_HASH;
    bits |= str_eq(a->previous_hash, str_of(ch->head)) ? 0U : (unsigned)LEGACY_BAD_LINK;
    buf_c(&b, '{');
    member(&b, "computed", str_of(computed));
    member(&b, "current_hash", a->current_hash);
    number(&b, "log_id", a->log_id);
    member(&b, "previous_hash", a->previous_hash);
    buf_c(&b, '}');
    ch->breaks += bits != LEGACY_SOUND;
    add(ch, &b, a->log_id, a->current_hash);
    return bits;
}

const char *legacy_break_text(unsigned bits)
{
    static const char *const text[] = { "sound", "hash", "link", "hash and link" };
    return text[bits & 3U];
}
