/* Whether the identity provider of students can be asked, and answers what a sign-in needs. */
#include "app/doctor.h"
#include "service/oidc.h"

void doctor_signin(struct doctor *d)
{
    struct ctx *c = d->c;
    struct installation *in = d->in;
    if (!in->o.google_client_id.n) {
        doctor_ok(d, "no identity provider is set up");
        return;
    }
    if (installation_start_client(c, in) != ERR_OK || installation_start_oidc(c, in) != ERR_OK) {
        doctor_fault(d, "set the option as the documentation says; the server does not start");
        return;
    }
    if (oidc_check(c, in->oidc) != ERR_OK)
        doctor_fault(d, "nobody can sign in: look at OIDC_ISSUER, OUTBOUND_ORIGINS, "
                        "OUTBOUND_CA_FILE and the way to the provider");
    else
        doctor_ok(d, "%.*s can be asked, and its keys can be read", STR_ARG(in->o.oidc_issuer));
}
