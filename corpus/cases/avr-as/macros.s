	.include "registers.inc"
	.macro	delay count
	.rept	\count
	nop
	.endr
	.endm
	.section .text
start:
	ldi	temp, LIMIT
	delay	3
	.if LIMIT > 10
	sbr	temp, 1 << 3
	.else
	cbr	temp, 1
	.endif
	.org	32
	lds	temp, data + 2
	.section .data
data:	.word	start, pm(start), . - data
	.align	2
	.ascii	"end"
