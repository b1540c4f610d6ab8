/* ICE servers for a browser: STUN as it is, TURN with a credential that ends by itself, as coturn's
 * use-auth-secret has it: username "<end as Unix time>:<random>", credential base64(HMAC-SHA1). */
#include "live/room.h"

#include "base/str.h"
#include "codec/base64.h"
#include "crypto/sha1.h"

enum { TURN_SECONDS = 2 * 3600, TURN_ID = 8, ICE_URLS_MAX = 8, TURN_TEXT_MAX = 96 };

static struct list split_urls(struct arena *mem, struct str text)
{
    struct str *v = arena_array(mem, struct str, ICE_URLS_MAX);
    size_t n = 0;
    struct str rest = text, part;
    while (rest.p && n < ICE_URLS_MAX) {
        rest = str_cut(rest, ',', &part);
        part = str_trim(part);
        if (part.n)
            v[n++] = part;
    }
    return (struct list){ v, n };
}

static void credential(const struct live *l, struct arena *mem, struct ice_server *ret)
{
    uint8_t id[TURN_ID], mac[SHA1_BYTES];
    struct buf name, secret;
    const struct random_port *random = l->o.deps->random;
    random->fill(random->self, id, sizeof(id));
    buf_init(&name, mem, TURN_TEXT_MAX);
    buf_i64(&name, live_now_us(l) / 1000000 + TURN_SECONDS);
    buf_c(&name, ':');
    hex_write(&name, id, sizeof(id));
    hmac_sha1(l->o.turn_secret, buf_view(&name), mac);
    buf_init(&secret, mem, TURN_TEXT_MAX);
    base64_write(&secret, BASE64_STD, mac, sizeof(mac));
    ret->username = buf_view(&name);
    ret->credential = buf_view(&secret);
}

void ice_servers(const struct live *l, struct arena *mem, struct list *ret)
{
    struct ice_server *v = arena_array(mem, struct ice_server, 2);
    size_t n = 0;
    struct list stun = split_urls(mem, l->o.stun_urls), turn = split_urls(mem, l->o.turn_urls);
    if (stun.n)
        v[n++].urls = stun;
    if (turn.n) {
        v[n].urls = turn;
        if (l->o.turn_secret.p)
            credential(l, mem, &v[n]);
        n++;
    }
    *ret = (struct list){ v, n };
}
