	.file	"fir.c"
__SP_H__ = 0x3e
__SP_L__ = 0x3d
__SREG__ = 0x3f
__tmp_reg__ = 0
__zero_reg__ = 1
	.text
.global	fir
	.type	fir, @function
fir:
	push r12
	push r13
	push r14
	push r15
	push r16
	push r17
	push r28
	push r29
/* prologue: function */
/* frame size = 0 */
/* stack size = 8 */
.L__stack_usage = 8
	movw r28,r24
	mov r24,r20
	cp r20, __zero_reg__
	breq .L4
	movw r20,r22
	subi r20,-2
	sbci r21,-1
	subi r24,lo8(-(-1))
	ldi r25,0
	lsl r24
	rol r25
	movw r16,r22
	sub r16,r24
	sbc r17,r25
	mov r14,__zero_reg__
	mov r15,__zero_reg__
	movw r12,r14
.L3:
	ld r18,Y
	ldd r19,Y+1
	adiw r28,2
	movw r30,r20
	ld r27,-Z
	ld r26,-Z
	movw r20,r30
	call __mulhisi3
	add r12,r22
	adc r13,r23
	adc r14,r24
	adc r15,r25
	cp r16,r30
	cpc r17,r31
	brne .L3
	lsl r13
	movw r24,r14
	rol r24
	rol r25
	sbc r26,r26
	sbc r27,r27
.L1:
/* epilogue start */
	pop r29
	pop r28
	pop r17
	pop r16
	pop r15
	pop r14
	pop r13
	pop r12
	ret
.L4:
	ldi r24,0
	ldi r25,0
	rjmp .L1
	.size	fir, .-fir
.global	mean
	.type	mean, @function
mean:
	push r14
	push r15
	push r16
	push r17
	push r28
	push r29
	rcall .
	rcall .
	rcall .
	in r28,__SP_L__
	in r29,__SP_H__
/* prologue: function */
/* frame size = 6 */
/* stack size = 12 */
.L__stack_usage = 12
	movw r14,r22
	cp __zero_reg__,r22
	cpc __zero_reg__,r23
	brlt .+2
	rjmp .L10
	std Y+5,r24
	std Y+6,r25
	movw r16,r22
	lsl r16
	rol r17
	lsl r16
	rol r17
	ldd r24,Y+5
	ldd r25,Y+6
	add r16,r24
	adc r17,r25
	std Y+1,__zero_reg__
	std Y+2,__zero_reg__
	std Y+3,__zero_reg__
	std Y+4,__zero_reg__
.L9:
	ldd r30,Y+5
	ldd r31,Y+6
	ld r22,Z+
	ld r23,Z+
	ld r24,Z+
	ld r25,Z+
	std Y+5,r30
	std Y+6,r31
	ldi r18,lo8(-51)
	ldi r19,lo8(-52)
	ldi r20,lo8(-52)
	ldi r21,lo8(61)
	call __mulsf3
	movw r18,r22
	movw r20,r24
	ldd r22,Y+1
	ldd r23,Y+2
	ldd r24,Y+3
	ldd r25,Y+4
	call __addsf3
	std Y+1,r22
	std Y+2,r23
	std Y+3,r24
	std Y+4,r25
	ldd r24,Y+5
	ldd r25,Y+6
	cp r24,r16
	cpc r25,r17
	brne .L9
.L8:
	movw r22,r14
	lsl r15
	sbc r24,r24
	mov r25,r24
	call __floatsisf
	movw r18,r22
	movw r20,r24
	ldd r22,Y+1
	ldd r23,Y+2
	ldd r24,Y+3
	ldd r25,Y+4
	call __divsf3
/* epilogue start */
	pop __tmp_reg__
	pop __tmp_reg__
	pop __tmp_reg__
	pop __tmp_reg__
	pop __tmp_reg__
	pop __tmp_reg__
	pop r29
	pop r28
	pop r17
	pop r16
	pop r15
	pop r14
	ret
.L10:
	std Y+1,__zero_reg__
	std Y+2,__zero_reg__
	std Y+3,__zero_reg__
	std Y+4,__zero_reg__
	rjmp .L8
	.size	mean, .-mean
.global	__divsf3
.global	__floatsisf
.global	__addsf3
.global	__mulsf3
	.ident	"GCC: (GNU) 15.2.0"
