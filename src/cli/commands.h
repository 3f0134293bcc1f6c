// SPDX-License-Identifier: Apache-2.0
// The subcommands, one file each.
#ifndef NACRE_CLI_COMMANDS_H
#define NACRE_CLI_COMMANDS_H

int command_crawl(int argc, char **argv);
int command_detect(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_encode(int argc, char **argv);
int command_evaluate(int argc, char **argv);
int command_evaluate_detect(int argc, char **argv);
int command_evaluate_search(int argc, char **argv);
int command_feed(int argc, char **argv);
int command_feed_check(int argc, char **argv);
int command_index(int argc, char **argv);
int command_init(int argc, char **argv);
int command_label(int argc, char **argv);
int command_map(int argc, char **argv);
int command_same(int argc, char **argv);
int command_search(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_similar(int argc, char **argv);
int command_taxonomy(int argc, char **argv);

#endif
