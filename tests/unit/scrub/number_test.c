/* Numbers that stand for a person go, those that are evidence stay. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx") };

static void plain_codes_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "HTTP status code 40404, error code 5520-B, colour code 8844221.",
          "HTTP status code 40404, error code 5520-B, colour code 8844221." },
        { "Entry 3 in the log says 12.5 volts; entry form 3B is blue; case 17: recovered.",
          "Entry 3 in the log says 12.5 volts; entry form 3B is blue; case 17: recovered." },
        { "At 10:30:45 it rang; the ratio was 16:9.", "At 10:30:45 it rang; the ratio was 16:9." },
    };
    GIVES_ALL(&who, rows);
}

static void identifiers_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "IBAN GB82 WEST 1234 5698 7654 32.", "[ID]." },
        { "Card 4111 1111 1111 1111.", "Card [ID]." },
        { "Bursary, ref. 2984/08557. Observer code 68315329, or QLXB: my observer code QLXB.",
          "Bursary, ref. [ID]. Observer code [ID], or QLXB: my observer code [ID]." },
        { "The entry number on file is 0681335047; a card of my own, number 1.076.331.845.",
          "The entry number on file is [ID]; a card of my own, number [ID]." },
        { "Contestant code C-117/24, entry SJ-0931, lifeguard, licence LG 30718-B.",
          "Contestant code [ID], entry [ID], lifeguard, licence [ID]." },
        { "Court file 4 Cs 117/24 (closed). For you: 9/MAMANA(N)044718.",
          "Court file [ID] (closed). For you: [ID]." },
        { "A scar and a call sign, 9K2XYB; seen under a code, KHQA. The dress code, 2024 edition.",
          "A scar and a call sign, [ID]; seen under a code, [ID]. The dress code, 2024 edition." },
        { "I logged in from 2a06:5126:b713:1::39 at night.", "I logged in from [IP] at night." },
        { "Candidate no. CWG 876 7556, enrolment code SWN 327 4232.",
          "Candidate no. [ID], enrolment code [ID]." },
        { "ORCID 0000-0002-4418-2706, candidate 0417/2256, diver no. 2408-17739.",
          "ORCID [ID], candidate [ID], diver no. [ID]." },
        { "My passport number is A04567892.", "My passport number is [ID]." },
        { "Candidate no. 4021-77.", "Candidate no. [ID]." },
        { "SSN 078-05-1120, NINO QQ123456C.", "[ID], [ID]." },
        { "I logged in from 203.0.113.77 and 2001:db8:85a3:0:0:8a2e:370:7334.",
          "I logged in from [IP] and [IP]." },
        { "At 6.5244, 3.3792 stands a mast.", "At [GEO] stands a mast." },
        { "My civil number is 13345550; NPF number 44850147.",
          "My civil number is [ID]; NPF number [ID]." },
        { "For you: 1 2007 7 0034521 0 18.", "For you: [ID]." },
        { "Register: ТХ08040912.", "Register: [ID]." },
        { "Tazkira: 1399-0501-44871; CNI 112233445.", "[NATIONALITY]: [ID]; CNI [ID]." },
        { "Licence JF 07-33519. 1510 points.", "Licence [ID]. 1510 points." },
        { "Exam index 2024-0098-113.", "Exam index [ID]." },
        { "Observer card OBS-4471, bus pass 7712 0043 19; file AU-33019-B.",
          "Observer card [ID], bus pass [ID]; file [ID]." },
        { "Payroll no. PR 40 5513, reader number R-2291.",
          "Payroll no. [ID], reader number [ID]." },
        { "Number 55-C-01932, I know it by heart.", "Number [ID], I know it by heart." },
        { "My NID is 19 9255 1234 5678.", "My [NATIONALITY] is [ID]." },
        { "Candidate 58213; centre 20417; second round (candidate 0417-22).",
          "Candidate [ID]; centre [ID]; second round (candidate [ID])." },
        { "Plate of the van AB 447 CD, vehicle EV 44718.", "Plate of the van [ID], vehicle [ID]." },
        { "Vehicle 75F1-448.21. Our plate: 12\xea\xb0\x80 3456.",
          "Vehicle [ID]. Our plate: [ID]." },
        { "PGP 4471 9C0E 77AB 2D15, key A1B2-C3D4-E5F6-0718.", "PGP [ID], key [ID]." },
        { "Kart-e melli 1361234567.", "[ID]." },
        { "My account is DE89 3704 0044 0532 0130 00.", "My account is [ID]." },
        { "Licence MORGA 753116 SM9IJ; lic. REF 004 4718; seaman's book SB 0093 4471.",
          "Licence [ID]; lic. [ID]; seaman's book [ID]." },
        { "Registration number 75-441772 K 75.", "Registration number [ID]." },
    };
    GIVES_ALL(&who, rows);
}

static void evidence_stays(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "SAT 1450, 12345678 stars, version 10.4.2.1, 127.0.0.1, 3.5/4.0, 0.95 and 10:30:45.",
          "SAT 1450, 12345678 stars, version 10.4.2.1, 127.0.0.1, 3.5/4.0, 0.95 and 10:30:45." },
        { "The number 142857 and 2019 2020 2021 2022 2023.",
          "The number 142857 and 2019 2020 2021 2022 2023." },
        { "Members: 2019-2023; views: 12,345,678; NASA 20190417 is one of the card 2019-2023.",
          "Members: 2019-2023; views: 12,345,678; NASA 20190417 is one of the card 2019-2023." },
        { "Between 2019-2023 it grew 3.875 % to 1,250,000.",
          "Between 2019-2023 it grew 3.875 % to 1,250,000." },
        { "Fourth of 310 (2023); 88 \xc2\xb5g/m\xc2\xb3; plan B and C1.",
          "Fourth of 310 (2023); 88 \xc2\xb5g/m\xc2\xb3; plan B and C1." },
        { "RTX 3080, ATmega328P, ISBN 978-3-16-148410-0.",
          "RTX 3080, ATmega328P, ISBN 978-3-16-148410-0." },
        { "A graphics card RTX 3060, model no. TX-1000 and a record of 4471 seeds.",
          "A graphics card RTX 3060, model no. TX-1000 and a record of 4471 seeds." },
        { "The card of 2023, file 42, bus no. 1440.", "The card of 2023, file 42, bus no. 1440." },
        { "The vehicle is 1250 kg; a plate is 1200 mm; the centre drew 5000 and student 2023.",
          "The vehicle is 1250 kg; a plate is 1200 mm; the centre drew 5000 and student 2023." },
        { "ISBN (mine is 0-306-40615-2, as in all books).",
          "ISBN (mine is 0-306-40615-2, as in all books)." },
        { "My book ISSN 0190-447 and the book of 0042 pages.",
          "My book ISSN 0190-447 and the book of 0042 pages." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identifiers_go),
        cmocka_unit_test(plain_codes_stay),
        cmocka_unit_test(evidence_stays),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
