/* domain/rubric_words.c: the rubric's word groups and the look-up over them.
 * No word here names a person, a group of people, a school, a prize or a place: the rubric rewards
 * what was done, not who did it or where. */
#include "domain/rubric_words.h"

#include <pthread.h>

#include "base/str.h"

const struct word_group word_groups[] = {
    { WORD_ACTION, "build built builds building rebuilt" },
    { WORD_ACTION, "design designed designing redesigned" },
    { WORD_ACTION, "organise organised organising organize organized organizing" },
    { WORD_ACTION, "lead led leads leading" },
    { WORD_ACTION, "teach taught teaches teaching" },
    { WORD_ACTION, "write wrote written writes writing rewrote" },
    { WORD_ACTION, "create created creates creating" },
    { WORD_ACTION, "develop developed develops developing" },
    { WORD_ACTION, "plan planned plans planning" },
    { WORD_ACTION, "measure measured measures measuring" },
    { WORD_ACTION, "test tested testing tests" },
    { WORD_ACTION, "analyse analysed analysing analyze analyzed analyzing" },
    { WORD_ACTION, "compare compared comparing" },
    { WORD_ACTION, "record recorded recording" },
    { WORD_ACTION, "collect collected collecting" },
    { WORD_ACTION, "program programmed programming" },
    { WORD_ACTION, "code coded coding" },
    { WORD_ACTION, "repair repaired repairing" },
    { WORD_ACTION, "fix fixed fixing" },
    { WORD_ACTION, "train trained training" },
    { WORD_ACTION, "coach coached coaching" },
    { WORD_ACTION, "translate translated translating" },
    { WORD_ACTION, "interview interviewed interviewing" },
    { WORD_ACTION, "survey surveyed surveying" },
    { WORD_ACTION, "publish published publishing" },
    { WORD_ACTION, "edit edited editing" },
    { WORD_ACTION, "start started starting" },
    { WORD_ACTION, "launch launched launching" },
    { WORD_ACTION, "founded founding" },
    { WORD_ACTION, "manage managed managing" },
    { WORD_ACTION, "run ran running" },
    { WORD_ACTION, "coordinate coordinated coordinating" },
    { WORD_ACTION, "present presented presenting" },
    { WORD_ACTION, "perform performed performing" },
    { WORD_ACTION, "compose composed composing" },
    { WORD_ACTION, "research researched researching" },
    { WORD_ACTION, "study studied studying" },
    { WORD_ACTION, "calculate calculated calculating" },
    { WORD_ACTION, "model modelled modelling modeled modeling" },
    { WORD_ACTION, "install installed installing" },
    { WORD_ACTION, "plant planted planting" },
    { WORD_ACTION, "cook cooked cooking" },
    { WORD_ACTION, "sew sewed sewing sewn" },
    { WORD_ACTION, "paint painted painting" },
    { WORD_ACTION, "negotiate negotiated negotiating" },
    { WORD_ACTION, "raise raised raising" },
    { WORD_ACTION, "serve served serving" },
    { WORD_ACTION, "deliver delivered delivering" },
    { WORD_ACTION, "prepare prepared preparing" },
    { WORD_ACTION, "practise practised practising practice practiced practicing" },
    { WORD_ACTION, "explain explained explaining" },
    { WORD_ACTION, "solve solved solving" },
    { WORD_ACTION, "map mapped mapping" },
    { WORD_ACTION, "draw drew drawn drawing" },
    { WORD_ACTION, "film filmed filming" },
    { WORD_ACTION, "check checked checking" },
    { WORD_ACTION, "sort sorted sorting" },
    { WORD_ACTION, "count counted counting" },
    { WORD_ACTION, "assemble assembled assembling" },
    { WORD_ACTION, "replace replaced replacing" },
    { WORD_OUTCOME, "increase increased increasing" },
    { WORD_OUTCOME, "reduce reduced reducing" },
    { WORD_OUTCOME, "improve improved improving" },
    { WORD_OUTCOME, "win won winning" },
    { WORD_OUTCOME, "double doubled doubling" },
    { WORD_OUTCOME, "halve halved halving" },
    { WORD_OUTCOME, "save saved saving" },
    { WORD_OUTCOME, "grow grew grown growing" },
    { WORD_OUTCOME, "rise rose risen" },
    { WORD_OUTCOME, "fall fell fallen" },
    { WORD_OUTCOME, "achieve achieved achieving" },
    { WORD_OUTCOME, "complete completed completing" },
    { WORD_OUTCOME, "finish finished finishing" },
    { WORD_OUTCOME, "place placed" },
    { WORD_OUTCOME, "pass passed passing" },
    { WORD_OUTCOME, "earn earned earning" },
    { WORD_OUTCOME, "reach reached reaching" },
    { WORD_OUTCOME, "result results resulted resulting" },
    { WORD_OUTCOME, "adopt adopted adopting" },
    { WORD_OUTCOME, "cut cuts" },
    { WORD_OUTCOME, "award awarded awards" },
    { WORD_OUTCOME, "selected shortlisted" },
    { WORD_OUTCOME, "fewer less" },
    { WORD_ROLE, "captain captained" },
    { WORD_ROLE, "president chair chaired" },
    { WORD_ROLE, "founder cofounder" },
    { WORD_ROLE, "secretary treasurer" },
    { WORD_ROLE, "tutor tutored tutoring" },
    { WORD_ROLE, "mentor mentored mentoring" },
    { WORD_ROLE, "volunteer volunteered volunteering" },
    { WORD_ROLE, "editor" },
    { WORD_ROLE, "leader" },
    { WORD_ROLE, "coordinator organiser organizer" },
    { WORD_ROLE, "manager" },
    { WORD_ROLE, "assistant" },
    { WORD_ROLE, "apprentice apprenticeship" },
    { WORD_ROLE, "intern internship" },
    { WORD_ROLE, "delegate representative" },
    { WORD_ROLE, "responsible responsibility" },
    { WORD_ROLE, "referee umpire" },
    { WORD_ROLE, "carer caregiver cared" },
    { WORD_ROLE, "instructor" },
    { WORD_UNIT, "students student pupils pupil learners" },
    { WORD_UNIT, "people persons families households visitors residents" },
    { WORD_UNIT, "members participants players volunteers" },
    { WORD_UNIT, "children readers users guests patients" },
    { WORD_UNIT, "percent" },
    { WORD_UNIT, "km kilometres kilometers metres meters miles" },
    { WORD_UNIT, "litres liters kilograms kg grams tonnes" },
    { WORD_UNIT, "degrees volts watts amps" },
    { WORD_UNIT, "dollars euros pounds shillings rupees pesos" },
    { WORD_UNIT, "books pages articles poems stories essays" },
    { WORD_UNIT, "lines programs bugs" },
    { WORD_UNIT, "trees seedlings plants beds gardens" },
    { WORD_UNIT, "samples readings measurements trials sensors surveys" },
    { WORD_UNIT, "meals loaves lunches" },
    { WORD_UNIT, "matches games goals points" },
    { WORD_UNIT, "schools classes villages towns" },
    { WORD_UNIT, "songs concerts performances pieces" },
    { WORD_UNIT, "lessons workshops sessions rehearsals" },
    { WORD_UNIT, "problems exercises questions" },
    { WORD_UNIT, "bicycles robots motors pumps radios lamps filters" },
    { WORD_UNIT, "designs models prototypes drawings photographs" },
    { WORD_UNIT, "words entries recordings speakers" },
    { WORD_UNIT, "teams entrants competitors" },
    { WORD_UNIT, "stalls orders customers boxes bottles bags" },
    { WORD_TIME, "minutes minute" },
    { WORD_TIME, "hours hour" },
    { WORD_TIME, "days day nights" },
    { WORD_TIME, "weeks week" },
    { WORD_TIME, "months month" },
    { WORD_TIME, "years year" },
    { WORD_TIME, "seasons terms semesters" },
    { WORD_OFTEN, "weekly" },
    { WORD_OFTEN, "daily" },
    { WORD_OFTEN, "monthly" },
    { WORD_OFTEN, "saturdays sundays fridays weekends mondays tuesdays wednesdays thursdays" },
    { WORD_LINK, "because" },
    { WORD_LINK, "therefore thus hence" },
    { WORD_LINK, "however" },
    { WORD_LINK, "although though" },
    { WORD_LINK, "while whereas" },
    { WORD_LINK, "instead" },
    { WORD_LINK, "first firstly" },
    { WORD_LINK, "then next" },
    { WORD_LINK, "finally" },
    { WORD_LINK, "so" },
    { WORD_LINK, "but yet" },
    { WORD_LINK, "until" },
    { WORD_LINK, "unless" },
    { WORD_LINK, "since" },
    { WORD_LINK, "after afterwards" },
    { WORD_LINK, "before" },
    { WORD_LINK, "meanwhile" },
    { WORD_LINK, "despite" },
    { WORD_LINK, "rather" },
    { WORD_LINK, "whether" },
    { WORD_LINK, "otherwise" },
    { WORD_REFLECT, "learn learned learnt learning" },
    { WORD_REFLECT, "realise realised realize realized" },
    { WORD_REFLECT, "understand understood understanding" },
    { WORD_REFLECT, "mistake mistakes mistaken" },
    { WORD_REFLECT, "wrong" },
    { WORD_REFLECT, "fail failed failing failure" },
    { WORD_REFLECT, "question questioned wonder wondered" },
    { WORD_REFLECT, "doubt doubted doubts" },
    { WORD_REFLECT, "notice noticed noticing" },
    { WORD_REFLECT, "change changed changing" },
    { WORD_REFLECT, "admit admitted" },
    { WORD_REFLECT, "expect expected assumption assumed" },
    { WORD_REFLECT, "discover discovered" },
    { WORD_REFLECT, "listen listened listening" },
    { WORD_REFLECT, "regret regretted" },
    { WORD_REFLECT, "evidence" },
    { WORD_FILLER, "very" },
    { WORD_FILLER, "really" },
    { WORD_FILLER, "always" },
    { WORD_FILLER, "amazing awesome incredible fantastic" },
    { WORD_FILLER, "passion passionate passionately" },
    { WORD_FILLER, "dream dreams dreamed" },
    { WORD_FILLER, "unique special" },
    { WORD_FILLER, "best greatest" },
    { WORD_FILLER, "literally actually basically" },
    { WORD_FILLER, "various several lots" },
    { WORD_FILLER, "things stuff" },
    { WORD_FILLER, "success successful successfully" },
    { WORD_FILLER, "hardworking motivated dedicated" },
    { WORD_FILLER, "extremely totally absolutely" },
    { WORD_FILLER, "prestigious elite renowned famous" },
    { WORD_NUMBER, "two" },
    { WORD_NUMBER, "three" },
    { WORD_NUMBER, "four" },
    { WORD_NUMBER, "five" },
    { WORD_NUMBER, "six" },
    { WORD_NUMBER, "seven" },
    { WORD_NUMBER, "eight" },
    { WORD_NUMBER, "nine" },
    { WORD_NUMBER, "ten" },
    { WORD_NUMBER, "eleven twelve dozen" },
    { WORD_NUMBER, "fifteen twenty thirty forty fifty" },
    { WORD_NUMBER, "hundred thousand" },
};
const size_t word_group_count = sizeof(word_groups) / sizeof(word_groups[0]);
_Static_assert(sizeof(word_groups) / sizeof(word_groups[0]) <= WORD_GROUPS_MAX, "bit set size");

/* Filled once from the table above and never changed: a look-up costs one probe or two. */
enum { SLOTS = 2048 };
static struct {
    struct str form;
    uint32_t hash;
    int16_t group;
} slots[SLOTS];
static pthread_once_t slots_once = PTHREAD_ONCE_INIT;

static void slots_fill(void)
{
    for (size_t g = 0; g < word_group_count; g++) {
        struct str rest = str_of(word_groups[g].forms), form;
        while (rest.p) {
            rest = str_cut(rest, ' ', &form);
            uint32_t h = WORD_HASH_START;
            for (size_t i = 0; i < form.n; i++)
                h = word_hash_step(h, form.p[i]);
            size_t at = h % SLOTS;
            while (slots[at].form.p)
                at = (at + 1) % SLOTS;
            slots[at].form = form;
            slots[at].hash = h;
            slots[at].group = (int16_t)g;
        }
    }
}

int word_group_of(struct str lower, uint32_t hash)
{
    pthread_once(&slots_once, slots_fill);
    for (size_t at = hash % SLOTS; slots[at].form.p; at = (at + 1) % SLOTS)
        if (slots[at].hash == hash && str_eq(slots[at].form, lower))
            return slots[at].group;
    return -1;
}
