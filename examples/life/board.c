#include "board.h"

#include <stdio.h>

void board_put(Board *board, int top, int left, const char *const *shape, int rows) {
    for (int row = 0; row < rows; row++)
        for (int column = 0; shape[row][column] != '\0'; column++)
            board->cell[(top + row) % HEIGHT][(left + column) % WIDTH] = shape[row][column] == 'O';
}

static int neighbours(const Board *board, int row, int column) {
    int count = 0;
    for (int down = HEIGHT - 1; down <= HEIGHT + 1; down++)
        for (int right = WIDTH - 1; right <= WIDTH + 1; right++)
            if (down != HEIGHT || right != WIDTH)
                count += board->cell[(row + down) % HEIGHT][(column + right) % WIDTH];
    return count;
}

Board board_next(const Board *board) {
    Board next;
    for (int row = 0; row < HEIGHT; row++)
        for (int column = 0; column < WIDTH; column++) {
            int count = neighbours(board, row, column);
            next.cell[row][column] = count == 3 || (count == 2 && board->cell[row][column]);
        }
    return next;
}

int board_population(const Board *board) {
    int count = 0;
    for (int row = 0; row < HEIGHT; row++)
        for (int column = 0; column < WIDTH; column++) count += board->cell[row][column];
    return count;
}

void board_print(const Board *board) {
    for (int row = 0; row < HEIGHT; row++) {
        for (int column = 0; column < WIDTH; column++) putchar(board->cell[row][column] ? 'O' : '.');
        putchar('\n');
    }
}
