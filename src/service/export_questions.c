/* Open questions as a file of the Batch API, in parts that keep to its limits. */
#include "base/str.h"
#include "crypto/hash.h"
#include "service/audit_log.h"
#include "service/export_core.h"
#include "service/model_batch.h"
#include "service/model_batch_select.h"

enum { LINE_BYTES_MAX = 1 << 20 };

struct out {
    const struct batch_asker *asker;
    sink_fn *sink;
    void *arg;
    struct sha256_stream *hash;
    struct buf lines;     /* of one application */
    int64_t n;            /* lines in it */
    int64_t part, wanted; /* from 1 */
    int64_t part_lines, part_bytes, rows;
};

static err add_line(void *arg, struct ctx *c, struct str custom_id, const struct llm_request *q)
{
    struct out *o = arg;
    llm_batch_write(&o->lines, o->asker->by->o.api, custom_id, q);
    o->n++;
    return buf_ok(&o->lines) ? ERR_OK
                             : FAIL(c, TOO_LARGE, "An application is too long to be exported");
}

static err put_item(void *arg, struct ctx *c, const struct batch_item *i, bool *io_more)
{
    struct out *o = arg;
    buf_clear(&o->lines);
    o->n = 0;
    TRY(batch_item_questions(c, o->asker, i, add_line, o));
    if (o->part_lines + o->n > LLM_BATCH_LINES_MAX ||
        o->part_bytes + (int64_t)o->lines.n > LLM_BATCH_BYTES_MAX) {
        o->part++;
        o->part_lines = o->part_bytes = 0;
    }
    o->part_lines += o->n;
    o->part_bytes += (int64_t)o->lines.n;
    *io_more = o->part <= o->wanted;
    if (o->part != o->wanted)
        return ERR_OK;
    o->rows += o->n;
    sha256_add(o->hash, buf_view(&o->lines));
    return o->sink(o->arg, c, buf_view(&o->lines));
}

err export_questions(struct ctx *c, struct str cycle_id, int32_t pass, int64_t part, sink_fn *sink,
                     void *arg, int64_t *ret_rows)
{
    struct batch_asker asker;
    struct export_outcome out = { 0 };
    TRY(export_cycle_check(c, cycle_id));
    TRY(open_asker(c, &asker));
    struct out o = { .asker = &asker,
                     .sink = sink,
                     .arg = arg,
                     .hash = sha256_open(c->mem),
                     .part = 1,
                     .wanted = part };
    buf_init(&o.lines, NULL, 8 * LINE_BYTES_MAX);
    const err e = open_items(c, &asker, cycle_id, pass, put_item, &o);
    buf_done(&o.lines);
    const struct hash h = sha256_done(o.hash);
    out.rows = o.rows;
    out.sha256 = hash_hex(c->mem, &h);
    TRY(export_note(c, cycle_id, &out, e));
    *ret_rows = o.rows;
    return ERR_OK;
}
