/* Which engine is behind the face: for the few questions that only one of them understands. */
#include "db/driver.h"

const char *db_engine(const struct db *db)
{
    return db->drv->name;
}
