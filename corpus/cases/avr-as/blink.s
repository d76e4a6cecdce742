; Toggle bit 5 of port B for ever.
	.equ	PORTB, 0x05
	.equ	DDRB, 0x04
	.section .text
	.global	main
	.type	main, @function
main:
	sbi	DDRB, 5
1:	sbi	PORTB, 5
	rcall	wait
	cbi	PORTB, 5
	rcall	wait
	rjmp	1b
	.size	main, .-main

wait:
	ldi	r25, hi8(table)
	ldi	r24, lo8(table)
2:	sbiw	r24, 1
	brne	2b
	ret

	.section .rodata
table:
	.byte	1, 2, 3, 5, 8, 13
	.asciz	"blink"
