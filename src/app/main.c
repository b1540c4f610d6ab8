/* The program: hands the words of the command line to the table of verbs. */
#include "app/cli.h"

int main(int argc, char **argv)
{
    return cli_main(argc, argv);
}
