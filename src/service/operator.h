/* service/operator.h: the operator at the command line acts as one of the administrators. */
#ifndef ENIGMA_SERVICE_OPERATOR_H
#define ENIGMA_SERVICE_OPERATOR_H

#include "db/db.h"

/* Sets c->who to the active administrator of that name, with the operator's bit; name absent: the
 * only active manager there is. ERR_NOT_FOUND or ERR_INVALID says what to do. */
err operator_act_as(struct ctx *c, struct str username);

#endif
