	.file	"<stdin>"
__SP_H__ = 0x3e
__SP_L__ = 0x3d
__SREG__ = 0x3f
__tmp_reg__ = 0
__zero_reg__ = 1
	.text
.global	sum
	.type	sum, @function
sum:
/* prologue: function */
/* frame size = 0 */
/* stack size = 0 */
.L__stack_usage = 0
	movw r22,r24
	cp __zero_reg__,r24
	cpc __zero_reg__,r25
	brge .L4
	ldi r18,0
	ldi r19,0
	movw r24,r18
.L3:
	mul r18,r18
	movw r20,r0
	mul r18,r19
	add r21,r0
	add r21,r0
	clr r1
	add r24,r20
	adc r25,r21
	subi r18,-1
	sbci r19,-1
	cp r22,r18
	cpc r23,r19
	brne .L3
	ret
.L4:
	ldi r24,0
	ldi r25,0
/* epilogue start */
	ret
	.size	sum, .-sum
	.ident	"GCC: (GNU) 15.2.0"
