/* Table: what the evaluator is shown, by response and first type. */
#include "domain/bias.h"

enum { INFO_MS = 5000, WARNING_MS = 10000 };
const char bias_applicant_text[] =
    "This interview has ended early. It is not because of anything you said or did, and it does "
    "not count against you. You will be invited again, with another interviewer.";

#define ROW_(info_, warning_, block_)                                                              \
    {                                                                                              \
        { "blue", info_, NULL, INFO_MS, false }, { "yellow", warning_, NULL, WARNING_MS, true },   \
        {                                                                                          \
            "red", block_ " The interview has been ended and will be reviewed.",                   \
                block_ " The interview is paused until a person has decided.", 0, false            \
        }                                                                                          \
    }
/* clang-format off */
static const struct bias_nudge nudges[BIAS_TYPES][3] = {
    [BIAS_APPEARANCE] = ROW_(
        "Please keep to the questions: looks and clothing have no part in this interview.",
        "That was about the applicant's appearance. Please return to the published criteria.",
        "A remark about the applicant's appearance went too far."),
    [BIAS_GENDER] = ROW_(
        "Please keep to the questions: gender, partnership and family plans have no part in this "
        "interview.",
        "That was about gender or family. Please return to the published criteria.",
        "A remark about gender or family went too far."),
    [BIAS_NAME] = ROW_(
        "Ask how a name is said if you need to; remarks about it have no part in this interview.",
        "That was about the applicant's name. Please return to the published criteria.",
        "A remark about the applicant's name went too far."),
    [BIAS_ACCENT] = ROW_(
        "Please judge what is said: accent and origin of speech have no part in this interview.",
        "That was about the applicant's way of speaking. Please return to the published criteria.",
        "A remark about the applicant's way of speaking went too far."),
    [BIAS_SOCIOECONOMIC] = ROW_(
        "Please keep to the questions: money, home and school have no part in this interview.",
        "That was about the applicant's means or home. Please return to the published criteria.",
        "A remark about the applicant's means or home went too far."),
    [BIAS_PERSONAL_CONNECTION] = ROW_(
        "Shared acquaintances have no part in this interview; declare a conflict of interest if "
        "there is one.",
        "That was about a personal connection. Please return to the published criteria, or step "
        "back if you have a conflict of interest.",
        "A personal connection was made part of the decision."),
    [BIAS_IRRELEVANT_FACTOR] = ROW_(
        "Would you ask every applicant this? Please keep to the published criteria.",
        "That does not bear on the published criteria. Please return to them.",
        "A remark that has nothing to do with the criteria went too far."),
};
/* clang-format on */
#undef ROW_

const struct bias_nudge *bias_nudge(int32_t response, uint32_t types)
{
    if (response < RESPOND_INFO || response > RESPOND_BLOCK)
        return NULL;
    for (int t = 0; t < BIAS_TYPES; t++)
        if (types & (UINT32_C(1) << t))
            return &nudges[t][response - RESPOND_INFO];
    return &nudges[BIAS_IRRELEVANT_FACTOR][response - RESPOND_INFO];
}
