#ifndef BOARD_H
#define BOARD_H

#define HEIGHT 10
#define WIDTH 32

/* A world without edges: what leaves on one side comes back on the other. */
typedef struct {
    unsigned char cell[HEIGHT][WIDTH];
} Board;

void board_put(Board *board, int top, int left, const char *const *shape, int rows);
Board board_next(const Board *board);
int board_population(const Board *board);
void board_print(const Board *board);

#endif
