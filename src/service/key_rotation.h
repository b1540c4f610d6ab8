/* service/key_rotation.h: seals everything again under the first key of the ring (SECURITY S-80).
 * Resumable: what is already under the first key is left alone. */
#ifndef ENIGMA_SERVICE_KEY_ROTATION_H
#define ENIGMA_SERVICE_KEY_ROTATION_H

#include "db/db.h"

/* application_texts.sealed_identity, identity_mapping.encrypted_pii, subject_key.wrapped, in
 * batches of one transaction each. progress may be NULL. */
err key_rotation_run(struct ctx *c, void (*progress)(void *arg, int64_t done, int64_t total),
                     void *arg, int64_t *ret_changed);

#endif
