/* app/synth_notes.c: lines of achievements, with and without substance. */
#include "app/synth_data.h"

#define LIST(...)                                                                                  \
    {                                                                                              \
        (const char *const[]){ __VA_ARGS__ },                                                      \
            sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *)                          \
    }

const struct synth_list synth_notes = LIST(
    "Captain of the school {robotics|quiz|rowing|debating} team for {2-4} years; led {6-14} "
    "members and won {2-5} regional rounds.",
    "Founder of a {weekly|free} homework room that tutored {14-60} pupils; {70-95} % passed "
    "the next examination.",
    "Designed and built a {rain gauge|soil sensor|solar lamp} from scrap; reduced its cost by "
    "{20-60} % over {2-6} prototypes.",
    "Treasurer of the student council: managed a budget of {200-900} pounds and cut unpaid "
    "fees by {10-45} %.",
    "Volunteer at the {town library|night shelter|animal clinic}, {60-240} hours over {2-3} "
    "years, responsible for training newcomers.",
    "Editor of the school paper: published {8-24} issues and doubled the number of "
    "contributors to {16-40} members.",
    "Programmed a timetable tool used by {120-600} students; fixed {30-90} bugs reported in "
    "its first {3-9} months.",
    "{Second|Third} place in the district {mathematics|physics|geography} contest among "
    "{40-180} entrants.",
    "Apprentice at a bicycle workshop on Saturdays; repaired {80-300} bicycles and trained "
    "{2-5} beginners.",
    "Translated {20-70} clinic leaflets into {two|three} languages, checked by {3-6} readers "
    "before printing.",
    "Organised a neighbourhood clean-up: {45-160} people collected {200-900} kilograms of "
    "waste in {2-6} weekends.",
    "Section leader in the youth orchestra; prepared {6-18} concerts and rehearsed weekly for "
    "{3-6} years.",
    "Measured the water of {8-20} wells monthly and presented the results to {30-90} residents.",
    "Coached the under-twelve {football|netball|volleyball} side, {12-24} players, for {2-4} "
    "seasons; they rose one division.",
    "Wrote and performed a {45-90} minute play with {8-16} participants; {200-600} people saw "
    "it.",
    "Planted {90-400} seedlings on the school slope and reduced erosion measured at {4-9} "
    "stakes by {15-40} %.",
    "Cared for two younger children every afternoon for {2-5} years while completing school "
    "with no missed term.",
    "Worked {8-16} hours a week in a {bakery|market stall|repair shop} and prepared {60-200} "
    "orders on busy days.",
    "Mentored {5-12} first-year students for {6-10} months; {3-5} of them now "
    "mentor others.",
    "Collected {300-900} samples of river insects over {2-3} years and published the data "
    "with an index of {20-40} pages.",
    "Secretary of the chess club; raised membership from {6-9} to {20-44} players within "
    "{8-14} months.",
    "Built a searchable archive of {250-800} village photographs and recorded {12-40} "
    "interviews to go with them.",
    "Umpire for the junior league: {30-90} matches over {2-3} seasons, with written reports "
    "on each.",
    "Launched a lending shelf of {80-350} books in {two|three} clinics; {120-500} readers "
    "borrowed from it in the first year.",
    "Sewed {60-220} reusable bags with a group of {4-10} volunteers and earned {150-800} "
    "dollars for the library roof.",
    "Installed {6-18} lamps along the school path and cut its electricity use by {25-55} %.",
    "Intern at a survey office for {4-10} weeks; compared {200-700} measurements and found "
    "{3-9} errors in the map.",
    "Composed {4-12} songs for the valley choir, {18-40} participants, and coordinated {3-8} "
    "performances.",
    "Analysed {2-5} years of bus delays and presented {3-6} changes; {two|three} were "
    "adopted, and waiting fell by {5-20} minutes.",
    "Representative of {240-700} students at the district board; negotiated {2-4} more "
    "evening buses.",
    "Trained {10-30} volunteers in first aid during {4-9} workshops; {8-28} passed the "
    "certificate.",
    "Edited a {30-80} page anthology of {12-35} student poems and raised its printing costs "
    "in {5-9} weeks.");

const struct synth_list synth_thin_notes = LIST(
    "Member of the reading club.", "Took part in the school sports day.",
    "I like music and have joined the choir at times.", "Helped at home and with neighbours.",
    "Attended a science camp.", "Interested in computers and new technology.",
    "Good attendance and polite behaviour.", "I joined various clubs and always tried my best.",
    "Participated in a drawing competition.", "Class monitor for a while.",
    "Very motivated and passionate about many things.", "Played football with friends.",
    "Received a certificate for participation.",
    "I have been really successful in several "
    "events.");

const struct synth_list synth_thin =
    LIST("I have always been a very curious person. Ever since I was small I wanted to know how "
         "things work, and people tell me that I ask a lot of questions. I believe that curiosity "
         "is one of the most important qualities anyone can have, and I hope to keep it.",
         "My dream is to study at a good university and to have a successful career. I am "
         "passionate about many subjects and I really enjoy being with people. I think that hard "
         "work is the key to success, and I will always give my best in everything.",
         "School has been an important part of my life. I have had good teachers and good friends, "
         "and I am thankful for the support they have given me. There were difficult times as "
         "well, but I stayed positive and went on, as one has to.",
         "In my free time I enjoy music, sports and spending time with my family. These things "
         "make me a balanced person. I also like to read when I have the time, and I follow the "
         "news, since it is good to know what is going on in the world.",
         "I think technology is amazing and that it will change the world. Everyone uses it every "
         "day, and there will be more of it in the future. I would like to be a part of this and "
         "to make a difference for people everywhere.",
         "Helping others gives me a good feeling. When somebody needs help I am happy to be there. "
         "I believe that the world would be a better place if all of us helped each other a little "
         "more, and I try to be an example.",
         "I am a hardworking and motivated student. My friends say that I am friendly and that "
         "they can trust me. I get along with everyone, and I can work in a team as well as on my "
         "own, depending on what is needed.",
         "Travelling has shown me that people are different and yet the same. I have seen "
         "beautiful places and tried new food. It opened my mind, and I would like to see much "
         "more of the world, and to meet people from other countries.",
         "There is a saying that the journey is more important than the goal. I agree with this. "
         "In life there are ups and downs, and one should never give up. I have had both, and they "
         "made me the person that I am today.",
         "Choosing a subject was not easy, for I am interested in several fields. After talking "
         "with my family I decided on this one. It offers many possibilities and a secure future, "
         "and I am sure that it suits my personality.",
         "I was not the best student in every subject, but I did what was asked of me. Mathematics "
         "was hard at times and languages came more easily. My report shows that I can do well "
         "when a topic is explained in a way I can follow.",
         "My family is important to me. They have taught me respect and honesty, and they have "
         "supported my education as well as they could. I want to make them proud and to give "
         "something back to them one day.");

const struct synth_list synth_closings = LIST(
    "What I want from a university is not an answer sheet but better questions, and people "
    "who will tell me when mine are wrong. I can bring patience, a notebook full of failed "
    "attempts, and the habit of checking twice.",
    "I do not know yet which problem I will spend my life on. However, I know how I want to "
    "work on it: measure first, listen longer than is comfortable, and change the plan when "
    "the evidence asks for it.",
    "After all this I am less certain than I was at fourteen, and I take that as a good sign. "
    "I would like to study where doubt is a tool rather than a weakness, because that is how "
    "I have learned everything that lasted.",
    "If I am admitted, I will come with one practical aim: to learn the mathematics that my "
    "home-made methods only imitate. Until then I will go on with what I have, since the work "
    "does not wait.",
    "None of this was done alone, but I have tried to say plainly which part was mine. I "
    "would be glad to do the next part among people who know more than I do, and to explain "
    "it to those who know less.",
    "The work goes on without me now, which was the plan from the start. Therefore I am free "
    "to begin something harder, and I would like to begin it here.",
    "I once thought that being clever meant being quick. Instead, the results I am proud of "
    "came slowly, after the third or fourth attempt, and I expect my studies to be no "
    "different.",
    "There is a list above my desk of {9-30} questions that I could not answer with school "
    "books. I would like to cross out a few of them and to add better ones.",
    "Although I have described one project, the habit behind it is what I would bring: to "
    "write down what happened before deciding what it means.",
    "I want to study because some of my explanations still rest on luck. I would rather know.");

const struct synth_list synth_thin_closings =
    LIST("For these reasons I believe that I am a good candidate, and I hope that you will give me "
         "a chance. I promise that I will always do my best.",
         "Thank you for reading my application. It would be a great honour to be accepted, and it "
         "would make my dream come true.",
         "I am sure that studying here will help me to become successful, and I am really looking "
         "forward to it.",
         "In conclusion, I am ready for the next step of my journey and I am excited about all the "
         "amazing possibilities.",
         "I hope this gives you an idea of who I am. I will work very hard if I am given the "
         "opportunity.");

const struct synth_list synth_greetings =
    LIST("My name is {NAME}, and this is the piece of work I know best.",
         "I am {NAME}, and I would like to tell you about one problem and what it taught me.",
         "{NAME} is the name on the label of box nine in our school store, which is where this "
         "begins.",
         "In the minutes of that meeting I appear only as \"{NAME}, taking notes\".");

const struct synth_list synth_asides =
    LIST("\"{FIRST}, count it again,\" said my teacher, and I did.",
         "On the workshop door there is still a sheet that says \"Ask {FIRST} for the key\".",
         "When it worked, somebody shouted \"Well done, {FIRST}!\" across the yard.",
         "The first page of the log is signed {NAME}, in ink that has run a little.",
         "Since then the small ones call anything held together by wire \"a {FIRST} repair\".");

const struct synth_list synth_contacts =
    LIST("The drawings and the raw tables are at https://example.org/{SLUG}/notes, in case they "
         "are of use.",
         "If anything in this account is unclear, please write to {EMAIL} and I will explain it.",
         "Should the post fail, my number is {PHONE}, in the evening if possible.",
         "The code is at www.example.net/{SLUG}, with its mistakes left in.",
         "I keep a diary of the project at example.com/{SLUG}; copies can be had from {EMAIL}.");
