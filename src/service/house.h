/* service/house.h: the port through which an administrator looks at the installation that answers:
 * its settings, the checks of `enigma doctor`, and whether its language models answer; app fills
 * it. Secrets never pass through it. Called on workers; what is returned lives in c->mem. */
#ifndef ENIGMA_SERVICE_HOUSE_H
#define ENIGMA_SERVICE_HOUSE_H

#include "schema/schema.h"

enum setting_origin {
    SETTING_DEFAULT,
    SETTING_FILE,
    SETTING_DOTENV,
    SETTING_ENVIRONMENT,
    SETTING_FLAG
};
struct setting {
    struct str name;  /* as the environment has it */
    struct str group; /* settings that belong together */
    struct str value,
        preset; /* in force, and without anybody's doing; absent: not set, or secret */
    struct str meaning;
    int32_t origin; /* enum setting_origin */
    bool secret, set;
};
enum house_level { HOUSE_OK, HOUSE_WARN, HOUSE_FAIL };
struct house_finding {
    struct str check, text, remedy; /* remedy absent when ok */
    int32_t level;
};
struct model_answer {
    struct str model;
    struct str message; /* why there was no answer; absent: there was one */
    int64_t took_ms, tokens_in, tokens_out;
    bool answered;
};
struct house_port {
    void *self;
    /* Every setting, in the order of the documentation: struct setting. */
    err (*settings)(void *self, struct ctx *c, struct list *ret);
    /* What a look of seconds finds: struct house_finding. ERR_BUSY: somebody looks already. */
    err (*checks)(void *self, struct ctx *c, struct list *ret);
    /* One short question to each model that is configured, at the configured endpoint and nowhere
     * else: struct model_answer. ERR_BAD_REQUEST: none is. */
    err (*ask_models)(void *self, struct ctx *c, struct list *ret);
};

#endif
