/* service/prompt_text.h: the prompts that come with the program: role, rules, rubric. */
#ifndef ENIGMA_SERVICE_PROMPT_TEXT_H
#define ENIGMA_SERVICE_PROMPT_TEXT_H

extern const char prompt_text_worker[], prompt_text_judge[], prompt_text_rubric[];
extern const char prompt_text_bias[];

#endif
