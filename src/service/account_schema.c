/* Shapes of requests and replies about accounts. */
#include "domain/student_view.h"
#include "service/account.h"

static const struct field admin_new_fields[] = {
    FIELD_STR(struct admin_new, username, .flags = FIELD_REQUIRED, .min = 3, .max = 50,
              .doc = "Letters, digits, dot, underscore and hyphen."),
    FIELD_STR(struct admin_new, email, .flags = FIELD_REQUIRED, .min = 3, .max = 254,
              .format = "email"),
    FIELD_STR(struct admin_new, password, .flags = FIELD_REQUIRED | FIELD_SECRET, .min = 8,
              .max = 256, .format = "password"),
    FIELD_ENUM(struct admin_new, role, .flags = FIELD_REQUIRED, .names = &admin_role_names),
};
SCHEMA(admin_new_schema, "AdminNew", struct admin_new, admin_new_fields);

static const struct field admin_me_fields[] = {
    FIELD_STR(struct admin_me, admin_id, .flags = FIELD_REQUIRED),
    FIELD_STR(struct admin_me, username, .flags = FIELD_REQUIRED),
    FIELD_STR(struct admin_me, email, .flags = FIELD_REQUIRED),
    FIELD_ENUM(struct admin_me, role, .flags = FIELD_REQUIRED, .names = &admin_role_names),
};
SCHEMA(admin_me_schema, "AdminMe", struct admin_me, admin_me_fields);

static const struct field login_request_fields[] = {
    FIELD_STR(struct admin_login_request, username, .flags = FIELD_REQUIRED),
    FIELD_STR(struct admin_login_request, password, .flags = FIELD_REQUIRED | FIELD_SECRET,
              .format = "password"),
    FIELD_STR(struct admin_login_request, totp_code, .flags = FIELD_NULL | FIELD_SECRET, .max = 40,
              .doc = "Where a second factor is set up: the code shown now, or a recovery code."),
    FIELD_BOOL(struct admin_login_request, cookie, .preset = "false",
               .doc = "Put the login in an HttpOnly cookie instead of a token."),
};
SCHEMA(admin_login_request_schema, "AdminLoginRequest", struct admin_login_request,
       login_request_fields);

static const struct field login_reply_fields[] = {
    FIELD_BOOL(struct admin_login_reply, success, .flags = FIELD_REQUIRED),
    FIELD_STR(struct admin_login_reply, token, .flags = FIELD_REQUIRED | FIELD_NULL,
              .doc = "Bearer token; shown once, kept only as a hash. null: it is in the cookie."),
    FIELD_STR(struct admin_login_reply, admin_id, .flags = FIELD_REQUIRED),
    FIELD_STR(struct admin_login_reply, username, .flags = FIELD_REQUIRED),
    FIELD_STR(struct admin_login_reply, email, .flags = FIELD_REQUIRED),
    FIELD_ENUM(struct admin_login_reply, role, .flags = FIELD_REQUIRED, .names = &admin_role_names),
    FIELD_TIME(struct admin_login_reply, expires_at, .flags = FIELD_REQUIRED),
};
SCHEMA(admin_login_reply_schema, "AdminLoginReply", struct admin_login_reply, login_reply_fields);

static const struct field action_reply_fields[] = {
    FIELD_BOOL(struct action_reply, success, .flags = FIELD_REQUIRED),
    FIELD_STR(struct action_reply, message, .flags = FIELD_REQUIRED),
};
SCHEMA(action_reply_schema, "ActionReply", struct action_reply, action_reply_fields);

static const struct field setup_fields[] = {
    FIELD_STR(struct setup_request, secret, .flags = FIELD_REQUIRED | FIELD_SECRET, .max = 128,
              .format = "password", .doc = "From the link that the server printed."),
    FIELD_STR(struct setup_request, username, .flags = FIELD_REQUIRED, .min = 3, .max = 50),
    FIELD_STR(struct setup_request, email, .flags = FIELD_REQUIRED, .min = 3, .max = 254,
              .format = "email"),
    FIELD_STR(struct setup_request, password, .flags = FIELD_REQUIRED | FIELD_SECRET, .min = 8,
              .max = 256, .format = "password"),
};
SCHEMA(setup_request_schema, "SetupRequest", struct setup_request, setup_fields);

static const struct field persona_fields[] = {
    FIELD_STR(struct persona, persona_id, .flags = FIELD_REQUIRED),
    FIELD_STR(struct persona, display_name, .flags = FIELD_REQUIRED),
    FIELD_STR(struct persona, email, .flags = FIELD_REQUIRED),
    FIELD_STR(struct persona, note, .flags = FIELD_REQUIRED),
};
SCHEMA(persona_schema, "Persona", struct persona, persona_fields);

static const struct field persona_choice_fields[] = {
    FIELD_STR(struct persona_choice, persona_id, .flags = FIELD_REQUIRED, .min = 1, .max = 50,
              .format = "id"),
};
SCHEMA(persona_choice_schema, "PersonaChoice", struct persona_choice, persona_choice_fields);

static const struct field student_me_fields[] = {
    FIELD_STR(struct student_me, student_id, .flags = FIELD_REQUIRED),
    FIELD_STR(struct student_me, primary_email, .flags = FIELD_REQUIRED),
    FIELD_STR(struct student_me, display_name, .flags = FIELD_NULL),
    FIELD_ENUM(struct student_me, status, .flags = FIELD_REQUIRED, .names = &student_status_names),
    FIELD_OBJ(struct student_me, application, .flags = FIELD_NULL,
              .of = &current_application_schema, .doc = "One's application in the open cycle."),
};
SCHEMA(student_me_schema, "StudentMe", struct student_me, student_me_fields);
