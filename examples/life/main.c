/* Conway's Game of Life: a glider on its way to a blinker. The argument is the number of generations. */
#include <stdio.h>
#include <stdlib.h>

#include "board.h"

int main(int argc, char **argv) {
    static const char *const glider[] = {".O.", "..O", "OOO"};
    static const char *const blinker[] = {"OOO"};
    int generations = argc > 1 ? atoi(argv[1]) : 12;
    Board board = {0};

    board_put(&board, 0, 1, glider, 3);
    board_put(&board, 5, 20, blinker, 1);
    for (int generation = 0; generation < generations; generation++) board = board_next(&board);
    printf("generation %d, %d cells alive\n", generations, board_population(&board));
    board_print(&board);
    return 0;
}
