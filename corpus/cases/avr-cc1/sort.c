/* Quicksort, a queue and a state machine: as programs for small machines are. */
typedef unsigned char u8;
typedef struct { u8 key; int value; } item;
enum state { IDLE, RUN, STOP };
static volatile u8 port __attribute__((address(0x25)));
static item queue[8];
static u8 head, tail;

static void swap(item *a, item *b)
{
    item t = *a;
    *a = *b;
    *b = t;
}

void sort(item *first, item *last)
{
    while (first < last) {
        item *low = first, *high = last;
        u8 pivot = low[(high - low) / 2].key;
        do {
            while (low->key < pivot) low++;
            while (high->key > pivot) high--;
            if (low <= high) swap(low++, high--);
        } while (low <= high);
        sort(first, high);
        first = low;
    }
}

int put(item it)
{
    u8 next = (tail + 1) & 7;
    if (next == head) return -1;
    queue[tail] = it;
    tail = next;
    return 0;
}

__attribute__((signal)) void __vector_11(void)
{
    static enum state state;
    switch (state) {
    case IDLE: state = RUN; port |= 1 << 5; break;
    case RUN:  state = put((item){ port, 100 }) ? STOP : RUN; break;
    case STOP: state = IDLE; port &= ~(1 << 5);
    }
}

unsigned long crc(const u8 *data, unsigned size)
{
    unsigned long sum = ~0ul;
    for (; size--; data++)
        for (u8 bit = 0, c = *data; bit < 8; bit++, c >>= 1)
            sum = (sum >> 1) ^ ((sum ^ c) & 1 ? 0xedb88320ul : 0);
    return ~sum;
}
