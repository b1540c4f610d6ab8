"""deploy/postgres/partition-by-cycle.sql: the worked example is followed, and nothing notices."""

import json
import os
import pathlib
import subprocess
import unittest

from support import (Case, Server, application, create_admin, cycle_body, databases, enigma,
                     needs_server, verify)

SCRIPT = pathlib.Path(__file__).parents[2] / "deploy" / "postgres" / "partition-by-cycle.sql"


@needs_server("partitions are PostgreSQL's")
class Partition(Case):
    def sql(self, *args):
        env = databases.environment(self.data)
        url = env.get("DATABASE_DIRECT_URL") or env["DATABASE_URL"]
        return subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", *args, url], check=True,
                              capture_output=True, text=True).stdout.split()

    def test_cycles_in_partitions(self):
        self.data = os.path.join(self.dir, "data")
        demo = ("demo", "--data-dir", self.data, "--applications", 40, "--no-serve", "--json")
        first = json.loads(enigma(*demo, check=0)[1].splitlines()[-1])
        self.sql("--single-transaction", "--file", str(SCRIPT))
        self.assertTrue(verify(self.data)["is_valid"])
        second = json.loads(enigma(*demo, check=0)[1].splitlines()[-1])
        self.assertEqual(first["counts"], second["counts"])
        rest = self.sql("-c", "SELECT count(*) FROM application_texts_rest")
        self.assertEqual(rest, ["80"])

        create_admin(self.data)
        with Server(self.data) as s:
            token = s.login()
            cycle = s.call("POST", "/admin/cycles", cycle_body(), token=token).json["cycle_id"]
            self.sql("-c", f"SELECT enigma_partition_cycle('{cycle}')")
            for n in range(3):
                r = s.call("POST", "/applications", application(n), cookie=s.student(n))
                self.assertEqual(r.status, 200, r.body)
        own = self.sql("-c", f'SELECT count(*) FROM "{("applications_" + cycle).lower()}"')
        self.assertEqual(own, ["3"])
        self.assertTrue(verify(self.data)["is_valid"])


if __name__ == "__main__":
    unittest.main()
