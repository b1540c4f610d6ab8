/* Names of others by what stands around them; cited figures, laws and products stay. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx"),
                                           .last_name = S_INIT("Qqar") };

static void persons_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "My cousin Amaka lent me a drill. Amaka laughed.",
          "My cousin [PERSON_1] lent me a drill. [PERSON_1] laughed." },
        { "Mr Okafor and Mrs. Hope Adeyemi helped.", "[PERSON_1] and [PERSON_2] helped." },
        { "Grace, who sings, told me to wait.", "[PERSON_1], who sings, told me to wait." },
        { "Kofi Agyeman runs; Kofi wins; K. Agyeman rests.",
          "[PERSON_1] runs; [PERSON_1] wins; [PERSON_1] rests." },
        { "my friend chidi and mr okafor came.", "my friend [PERSON_1] and [PERSON_2] came." },
        { "Rob, Maisie and Drew were there.", "[PERSON_1], [PERSON_2] and [PERSON_3] were there." },
        { "Da-hyun and Jan van der Beeck reviewed it.", "[PERSON_1] and [PERSON_2] reviewed it." },
        { "Coach said we run.", "Coach said we run." },
        { "With Siobhán I measured.", "With [PERSON_1] I measured." },
        { "Dawn said yes. Joy's mother drove.", "[PERSON_1] said yes. [PERSON_2]'s mother drove." },
        { "The cook, Saga, bets on a girl named River.",
          "The cook, [PERSON_1], bets on a girl named [PERSON_2]." },
        { "With Ádám I asked Henry Petrak.", "With [PERSON_1] I asked [PERSON_2]." },
        { "Kuya Dodong and Aunt Efua came.", "[PERSON_1] and [PERSON_2] came." },
        { "Penny, my lab partner, wrote it. Hamza was Creon.",
          "[PERSON_1], my lab partner, wrote it. [PERSON_2] was Creon." },
        { "Dear Mrs Lahlou,", "Dear [PERSON_1]," },
        { "Tarvin cycles behind me.", "[PERSON_1] cycles behind me." },
        { "Ji-a in the lab and Ye-rin Gwak wrote.", "[PERSON_1] in the lab and [PERSON_2] wrote." },
        { "Jun-Jun, Maricel and I built it.", "[PERSON_1], [PERSON_2] and I built it." },
        { "With M\xe1\xbb\xb9 Duy\xc3\xaan I sang.", "With [PERSON_1] I sang." },
        { "I met Sunday Udo on Sunday. I asked Sunday twice.",
          "I met [PERSON_1] on Sunday. I asked [PERSON_1] twice." },
        { "We met Deniz Er there.", "We met [PERSON_1] there." },
        { "It broke. Joy and I fixed it. Grace believed me.",
          "It broke. [PERSON_1] and I fixed it. [PERSON_2] believed me." },
        { "It ends. Daisy has read this. Rose now says it sounds.",
          "It ends. [PERSON_1] has read this. [PERSON_2] now says it sounds." },
        { "Recommendation by Mark Savage, teacher.", "Recommendation by [PERSON_1], teacher." },
        { "P.S. Maricel has read this.", "P.S. [PERSON_1] has read this." },
        { "With Fa'anunu and In-ho I sang.", "With [PERSON_1] and [PERSON_2] I sang." },
        { "I saw a film by Kofi Amadi of our school.",
          "I saw a film by [PERSON_1] of our school." },
        { "It made Dilip press it. Slowly, says Art.",
          "It made [PERSON_1] press it. Slowly, says [PERSON_2]." },
        { "I run with Wiremu Brown, Do-yun Ma and Xiaomeng So, who sing.",
          "I run with [PERSON_1], [PERSON_2] and [PERSON_3], who sing." },
        { "i run. i thank ms dos Anjos.", "i run. i thank [PERSON_1]." },
        { "i run. yousef thinks i am slow.", "i run. [PERSON_1] thinks i am slow." },
        { "i run. my cousin penny did the maps and i wrote.",
          "i run. my cousin [PERSON_1] did the maps and i wrote." },
        { "Ask Rusty, Destiny or Beau; with Rusty I rowed.",
          "Ask [PERSON_1], [PERSON_2] or [PERSON_3]; with [PERSON_1] I rowed." },
        { "Team of four: Zzyx, Memory, Blessing, Thabo.",
          "Team of four: [APPLICANT], [PERSON_1], [PERSON_2], [PERSON_3]." },
        { "i met mr deng and ms szabo.", "i met [PERSON_1] and [PERSON_2]." },
    };
    GIVES_ALL(&who, rows);
}

static void figures_and_things_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "My aunt Marie taught me the Curie law; Marie Curie would be proud.",
          "My aunt [PERSON_1] taught me the Curie law; Marie Curie would be proud." },
        { "We counted Caulerpa racemosa and saw Saturn through it at 4 Hz.",
          "We counted Caulerpa racemosa and saw Saturn through it at 4 Hz." },
        { "The key said Deilephila elpenor; I played Richard III.",
          "The key said Deilephila elpenor; I played Richard III." },
        { "Newton's third law and Young's modulus, on page 31, Gravity and Grace.",
          "Newton's third law and Young's modulus, on page 31, Gravity and Grace." },
        { "Giffen goods, the Hippocratic oath, the Law of the Sea and Delta Cephei.",
          "Giffen goods, the Hippocratic oath, the Law of the Sea and Delta Cephei." },
        { "A. V. Hill and Norman Pogson, after Cesare Brandi; a Liebig condenser.",
          "A. V. Hill and Norman Pogson, after Cesare Brandi; a Liebig condenser." },
        { "First Aid at Work, Maker Faire, UK Chemistry Challenge, Hague Model Court.",
          "First Aid at Work, Maker Faire, UK Chemistry Challenge, Hague Model Court." },
        { "The von Kármán vortex street, the Max Planck Society, World Diabetes Day.",
          "The von Kármán vortex street, the Max Planck Society, World Diabetes Day." },
        { "World Choir Games, silver. OpenStreetMap and the Weimar Republic.",
          "World Choir Games, silver. OpenStreetMap and the Weimar Republic." },
        { "I wrote on Zheng He, who sailed.", "I wrote on Zheng He, who sailed." },
        { "i learned it. johan cruyff taught that i must wait.",
          "i learned it. johan cruyff taught that i must wait." },
        { "I read Chinua Achebe and Marie Curie; Achebe stayed with me.",
          "I read Chinua Achebe and Marie Curie; Achebe stayed with me." },
        { "Newton's laws, the Fourier transform, a Nash equilibrium.",
          "Newton's laws, the Fourier transform, a Nash equilibrium." },
        { "In May we used Python, Arduino and the James Webb images.",
          "In May we used Python, Arduino and the James Webb images." },
        { "A certain grace, some hope, and a rich text.",
          "A certain grace, some hope, and a rich text." },
        { "We won the Putnam Competition and the Physics Olympiad.",
          "We won the Putnam Competition and the Physics Olympiad." },
        { "NASA and UNICEF published it.", "NASA and UNICEF published it." },
        { "I read Longitude by Dava Sobolt and a copy of Aron Nimzow.",
          "I read Longitude by Dava Sobolt and a copy of Aron Nimzow." },
        { "Frorn this a curriculurn carne.", "Frorn this a curriculurn carne." },
        { "Young Reporters for the Environment, national second prize.",
          "Young Reporters for the Environment, national second prize." },
        { "Stood first in Inter-School Science Quiz, in an Upper Secondary Science Competition.",
          "Stood first in Inter-School Science Quiz, in an Upper Secondary Science Competition." },
        { "It asks: who? A. Unicode. Statistics B. Tel. none.",
          "It asks: who? A. Unicode. Statistics B. Tel. none." },
        { "It is in Python and English, for the class of Latin.",
          "It is in Python and English, for the class of Latin." },
        { "Co-author of a report. Physics Captain.", "Co-author of a report. Physics Captain." },
        { "With Thabo, Physics and Python I won Gold.",
          "With [PERSON_1], Physics and Python I won Gold." },
    };
    GIVES_ALL(&who, rows);
}

static void places_and_bodies_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I swam in Bulawayo and saw nobody outside Kenya.",
          "I swam in [PLACE_1] and saw nobody outside [PLACE_2]." },
        { "We rowed, Kaunas \xe2\x80\x94 July 2024.",
          "We rowed, [PLACE_1] \xe2\x80\x94 July 2024." },
        { "I grew up in Lagos near the Owo district.",
          "I grew up in [PLACE_1] near the [PLACE_2] district." },
        { "At St. Mary's Girls' College I ran the Riverside Coding Club.",
          "At [SCHOOL_1] I ran the [ORG_1]." },
        { "Captain of the chess club at a high school.",
          "Captain of the chess club at a high school." },
        { "I am treasurer of Loire Kayak.", "I am treasurer of [ORG_1]." },
        { "A talk at SMA Negeri 1 Ubud and at Tammerkosken lukio.",
          "A talk at [SCHOOL_1] and at [SCHOOL_2]." },
        { "We met near Orange County.", "We met near [PLACE_1]." },
        { "At the Second Lyceum of Volos I led Club Andino Titicaca.",
          "At the [SCHOOL_1] I led [ORG_1]." },
        { "We swam in the Kaduna River by Porirua Station.",
          "We swam in the [PLACE_1] by [PLACE_2]." },
        { "A talk at Lyceum No. 27 and at No. 8 Middle School of Kano.",
          "A talk at [SCHOOL_1] and at [SCHOOL_2]." },
        { "I played for Bagmati Kings XI and Kano Colts.", "I played for [ORG_1] and [ORG_2]." },
        { "We live in Complexo do Barro.", "We live in [PLACE_1]." },
        { "i run. im from vrolnik and i row.", "i run. im from [PLACE_1] and i row." },
        { "Somebody in Osaka is at it.", "Somebody in [PLACE_1] is at it." },
        { "Treasurer, Vrolnik Table Tennis Club, 2023.", "Treasurer, [ORG_1], 2023." },
    };
    GIVES_ALL(&who, rows);
}

static void names_of_other_tongues_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "We met Hằng and Dũng there.", "We met [PERSON_1] and [PERSON_2] there." },
        { "Then Kavitha a/p Muniandy rang. With H'Siu I sang.",
          "Then [PERSON_1] rang. With [PERSON_2] I sang." },
        { "I live in KwaMashu, on the wrong side of Xyzzy.",
          "I live in [PLACE_1], on the wrong side of [PLACE_2]." },
        { "At Lycée de l'Iroise I sang.", "At [SCHOOL_1] I sang." },
        { "By III. gimnazija Osijek or lycée Paul-Éluard.", "By [SCHOOL_1] or [SCHOOL_2]." },
        { "From Urumqi No. 11 High School to St Saviour's C of E Secondary.",
          "From [SCHOOL_1] to [SCHOOL_2]." },
        { "MY TEACHER REYES SAYS A THING IS KNOWN. I HAVE READ HEDY LAMARR TWICE.",
          "MY TEACHER [PERSON_1] SAYS A THING IS KNOWN. I HAVE READ HEDY LAMARR TWICE." },
        { "The Rf of it is 0.4 in Café style.", "The Rf of it is 0.4 in Café style." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_other_tongues_go),
        cmocka_unit_test(persons_go),
        cmocka_unit_test(figures_and_things_stay),
        cmocka_unit_test(places_and_bodies_go),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
