/* service/sealed_text.h: identity as the sealed columns hold it, and test scores as columns hold
 * them. Pure; any thread. */
#ifndef ENIGMA_SERVICE_SEALED_TEXT_H
#define ENIGMA_SERVICE_SEALED_TEXT_H

#include "base/buf.h"
#include "schema/schema.h"

/* Plain text of application_texts.sealed_identity. */
struct sealed_identity {
    struct str address, application_id, email, name, phone;
};
extern const struct schema sealed_identity_schema;

/* The plain text of identity_mapping.encrypted_pii, byte for byte what the original's
 * json.dumps(pii, sort_keys=True) writes: ", " and ": ", ASCII only, absent members left out. */
void pii_text_write(struct buf *b, const struct sealed_identity *who);

/* {"SAT":1450,…} into struct e2_pair; false when it is not such an object. */
bool test_scores_read(struct str json, struct arena *mem, struct list *ret);

#endif
