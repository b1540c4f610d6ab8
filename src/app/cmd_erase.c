/* erase-student: a person's data leaves the installation, by the operator. */
#include <stdio.h>

#include "app/cmds.h"
#include "base/str.h"
#include "service/erasure.h"
#include "service/operator.h"

struct erase_flags {
    struct str as, email;
    int32_t basis;
    bool rebuild;
};
static const struct field erase_fields[] = {
    FIELD_STR(struct erase_flags, as, .flags = FIELD_NULL, .max = 50,
              .doc = "User name of the administrator in whose name it is done."),
    FIELD_STR(struct erase_flags, email, .flags = FIELD_NULL, .max = 254,
              .doc = "E-mail address of the account; the argument is its id."),
    FIELD_ENUM(struct erase_flags, basis, .names = &erasure_basis_names, .preset = "request",
               .doc = "request: the person asked; retention: its time is over; order: an authority "
                      "said so."),
    FIELD_BOOL(struct erase_flags, rebuild, .preset = "false",
               .doc = "Write the SQLite file anew afterwards, so that no page keeps an old copy."),
};
SCHEMA(erase_flags_schema, "EraseFlags", struct erase_flags, erase_fields);

int cmd_erase_student(struct cli *cli, const void *flags)
{
    const struct erase_flags *f = flags;
    const struct erasure_order order = { .student_id =
                                             cli->n_args ? cli->args[0] : (struct str){ NULL, 0 },
                                         .email = f->email,
                                         .basis = f->basis };
    struct erasure_reply reply;
    int code = EXIT_OK;
    if (!order.student_id.p == !order.email.p)
        return cli_usage(cli, "erase-student needs a student id or --email ADDRESS");
    if (!cli_open(cli, 0, &code))
        return code;
    if (operator_act_as(&cli->c, f->as) != ERR_OK ||
        erasure_run(&cli->c, &order, &reply) != ERR_OK ||
        (f->rebuild && erasure_forget(&cli->c, true) != ERR_OK))
        return cli_fail(cli);
    cli_show(cli, &erasure_reply_schema, &reply);
    return EXIT_OK;
}
