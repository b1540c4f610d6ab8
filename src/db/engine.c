/* Which engine is behind the face: for the few questions that only one of them understands. */
#include "db/driver.h"

const char *db_engine(const struct db *db)
{
    return db->drv->name;
}

bool db_many_writers(const struct db *db)
{
    return !db->drv->one_writer;
}

bool db_read_only(const struct db *db)
{
    return db->o.read_only;
}
