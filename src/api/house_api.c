/* The installation that answers, for super administrators: settings, checks, models. */
#include "api/routes.h"
#include "domain/role.h"
#include "service/house.h"

static const char *const origin_text[] = { "default", "file", "dotenv", "environment", "flag" };
static NAMES(origin_names, origin_text);
static const struct field setting_fields[] = {
    FIELD_STR(struct setting, name, .flags = FIELD_REQUIRED, .doc = "As the environment has it."),
    FIELD_STR(struct setting, group, .flags = FIELD_REQUIRED,
              .doc = "Settings that belong together."),
    FIELD_STR(struct setting, value, .flags = FIELD_NULL,
              .doc = "In force; null when it is not set, and for every secret."),
    FIELD_STR(struct setting, preset, .flags = FIELD_NULL, .doc = "What holds without it."),
    FIELD_ENUM(struct setting, origin, .flags = FIELD_REQUIRED, .names = &origin_names,
               .doc = "Where the value comes from; the later of the list wins."),
    FIELD_BOOL(struct setting, secret, .flags = FIELD_REQUIRED, .doc = "Its value is never shown."),
    FIELD_BOOL(struct setting, set, .flags = FIELD_REQUIRED, .doc = "There is a value."),
    FIELD_STR(struct setting, meaning, .flags = FIELD_REQUIRED, .doc = "One sentence, in English."),
};
static SCHEMA(setting_schema, "Setting", struct setting, setting_fields);

static const char *const level_text[] = { "ok", "warn", "fail" };
static NAMES(level_names, level_text);
static const struct field finding_fields[] = {
    FIELD_STR(struct house_finding, check, .flags = FIELD_REQUIRED,
              .doc = "The check, as `enigma doctor` names it."),
    FIELD_ENUM(struct house_finding, level, .flags = FIELD_REQUIRED, .names = &level_names,
               .doc = "How it is."),
    FIELD_STR(struct house_finding, text, .flags = FIELD_REQUIRED,
              .doc = "What was found, in English."),
    FIELD_STR(struct house_finding, remedy, .flags = FIELD_NULL, .doc = "What to do about it."),
};
static SCHEMA(finding_schema, "SettingsFinding", struct house_finding, finding_fields);

static const struct field answer_fields[] = {
    FIELD_STR(struct model_answer, model, .flags = FIELD_REQUIRED,
              .doc = "The model that was asked."),
    FIELD_BOOL(struct model_answer, answered, .flags = FIELD_REQUIRED,
               .doc = "Whether it answered as it was asked to."),
    FIELD_STR(struct model_answer, message, .flags = FIELD_NULL, .doc = "Why not."),
    FIELD_I64(struct model_answer, took_ms, .flags = FIELD_REQUIRED,
              .doc = "How long it took, in milliseconds."),
    FIELD_I64(struct model_answer, tokens_in, .flags = FIELD_REQUIRED,
              .doc = "Tokens of the question."),
    FIELD_I64(struct model_answer, tokens_out, .flags = FIELD_REQUIRED,
              .doc = "Tokens of the answer."),
};
static SCHEMA(answer_schema, "ModelAnswer", struct model_answer, answer_fields);

static err list_settings(struct ctx *c, struct call *call)
{
    const struct house_port *p = c->deps->house;
    return p ? p->settings(p->self, c, &call->rows) : ERR_OK;
}

static err list_checks(struct ctx *c, struct call *call)
{
    const struct house_port *p = c->deps->house;
    return p ? p->checks(p->self, c, &call->rows) : ERR_OK;
}

static err post_ask_models(struct ctx *c, struct call *call)
{
    const struct house_port *p = c->deps->house;
    return p ? p->ask_models(p->self, c, &call->rows) : ERR_OK;
}

/* No API token comes in: these are for a person who looks after the installation. */
/* clang-format off */
static const struct route rows[] = {
    { .method = "GET", .path = "/admin/settings",
      .summary = "Every setting with its value, its default and where it comes from; no secret.",
      .run = list_settings, .reply = &setting_schema, .roles = ROLE_SUPER_ADMIN,
      .flags = ROUTE_LIST | ROUTE_PERSONAL, .tag = "Settings" },
    { .method = "GET", .path = "/admin/settings/checks",
      .summary = "What `enigma doctor --quick` finds about this installation.",
      .run = list_checks, .reply = &finding_schema, .roles = ROLE_SUPER_ADMIN,
      .flags = ROUTE_LIST | ROUTE_PERSONAL | ROUTE_SLOW,
      .throttle = { 20, THROTTLE_PRINCIPAL }, .tag = "Settings" },
    { .method = "POST", .path = "/admin/settings/model-test",
      .summary = "Ask each configured model one short question, at the configured endpoint.",
      .run = post_ask_models, .reply = &answer_schema, .roles = ROLE_SUPER_ADMIN,
      .flags = ROUTE_LIST | ROUTE_PERSONAL | ROUTE_SLOW | ROUTE_OUTBOUND,
      .throttle = { 6, THROTTLE_PRINCIPAL }, .tag = "Settings" },
};
/* clang-format on */
const struct route_table house_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
