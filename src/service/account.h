/* service/account.h: administrators and students: who they are, signing in and out.
 * Thread rule: workers only (bcrypt blocks). */
#ifndef ENIGMA_SERVICE_ACCOUNT_H
#define ENIGMA_SERVICE_ACCOUNT_H

#include "db/db.h"
#include "domain/role.h"

struct admin_new {
    struct str username, email, password;
    int32_t role;
};
extern const struct schema admin_new_schema;
struct admin_me {
    struct str admin_id, username, email;
    int32_t role;
}; /* GET …/me */
extern const struct schema admin_me_schema;
struct admin_login_request {
    struct str username, password, totp_code;
    bool cookie; /* the login lives in a cookie that no script reads, not in a token */
};
extern const struct schema admin_login_request_schema;
struct admin_login_reply {
    bool success;
    struct str token, admin_id, username, email; /* token absent: the login is in the cookie */
    int32_t role;
    int64_t expires_at;
    struct str cookie; /* its value, and how long it lasts */
    int64_t cookie_max_age_s;
};
enum { ADMIN_COOKIE_N = 64 };
#define ADMIN_COOKIE "enigma_admin_session"
extern const struct schema admin_login_reply_schema;
struct action_reply {
    bool success;
    struct str message;
};
extern const struct schema action_reply_schema;

/* Actor is c->who, or system for the operator. ERR_CONFLICT names username or email. */
err admin_create(struct ctx *c, const struct admin_new *n, struct admin_me *ret);
/* ERR_UNAUTHENTICATED "Invalid credentials" (same body, same time, whatever was wrong);
 * ERR_THROTTLED with retry_after_s (S-12). Only after the right password an account with a second
 * factor hears that a code is needed, or is not right (S-16). user_agent and c->remote go to the
 * row. */
err admin_login(struct ctx *c, const struct admin_login_request *r, struct str user_agent,
                struct admin_login_reply *ret);
err admin_logout(struct ctx *c);
err admin_me(struct ctx *c, struct admin_me *ret);
/* First run: makes the one-time secret (43 characters, 24 hours) when no admin exists; absent
 * otherwise. The server prints BASE/setup#SECRET. */
err setup_link_create(struct ctx *c, struct str *ret_secret);
struct setup_request {
    struct str secret, username, email, password;
};
extern const struct schema setup_request_schema;
/* Uses the secret up and makes the first super_admin. Wrong, used or late: ERR_FORBIDDEN. */
err setup_finish(struct ctx *c, const struct setup_request *r, struct admin_me *ret);
/* Sets *ret_who from a bearer token, a cookie of staff, or one of a student; invalid, ended or idle
 * ones: ERR_UNAUTHENTICATED. Touches last_active_at at most once a minute. */
err admin_authenticate(struct ctx *c, struct str token, const struct principal **ret_who);
err admin_cookie_authenticate(struct ctx *c, struct str cookie, const struct principal **ret_who);
err student_authenticate(struct ctx *c, struct str cookie, const struct principal **ret_who);

enum { STUDENT_COOKIE_N = 64 };
#define STUDENT_COOKIE "enigma_student_session"
struct persona {
    struct str persona_id, display_name, email, note;
};
extern const struct schema persona_schema;
struct persona_choice {
    struct str persona_id;
};
extern const struct schema persona_choice_schema;
struct student_me {
    struct str student_id, primary_email, display_name;
    int32_t status;
    const void *application; /* struct current_application: in the open cycle; or NULL */
};
extern const struct schema student_me_schema;
/* Demo only: fixed synthetic people. */
err demo_personas(struct ctx *c, struct list *ret_personas);
/* Finds or makes the account, starts a login, returns the cookie's value and life. */
err demo_login(struct ctx *c, struct str persona_id, struct str user_agent, struct student_me *ret,
               struct str *ret_cookie, int64_t *ret_max_age_s);
/* For seeding: accounts without a login; fills student_id. ERR_CONFLICT: an address is in use. */
struct student_new {
    struct str email, display_name, student_id;
};
err students_create(struct ctx *c, struct tx *tx, struct student_new *v, size_t n);
/* One of them. */
err student_create(struct ctx *c, struct tx *tx, struct str email, struct str display_name,
                   struct str *ret_student_id);
err student_me(struct ctx *c, struct student_me *ret);
err student_logout(struct ctx *c);
/* Removes ended logins, used idempotency keys, drafts and notes whose time is over, and carries out
 * erasures that waited; called by the janitor. */
err account_cleanup(struct ctx *c, int64_t *ret_removed);

#endif
