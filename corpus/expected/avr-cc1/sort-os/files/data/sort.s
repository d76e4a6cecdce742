	.file	"sort.c"
__SP_H__ = 0x3e
__SP_L__ = 0x3d
__SREG__ = 0x3f
__tmp_reg__ = 0
__zero_reg__ = 1
	.text
.global	sort
	.type	sort, @function
sort:
	push r6
	push r7
	push r8
	push r9
	push r10
	push r11
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
/* stack size = 14 */
.L__stack_usage = 14
	movw r16,r22
	ldi r28,lo8(-85)
	ldi r29,lo8(-86)
	mov r15,r22
	mov r11,r17
.L2:
	cp r24,r16
	cpc r25,r17
	brlo .L8
/* epilogue start */
	pop r29
	pop r28
	pop r17
	pop r16
	pop r15
	pop r14
	pop r13
	pop r12
	pop r11
	pop r10
	pop r9
	pop r8
	pop r7
	pop r6
	ret
.L8:
	movw r20,r16
	sub r20,r24
	sbc r21,r25
	mul r20,r28
	movw r30,r0
	mul r20,r29
	add r31,r0
	mul r21,r28
	add r31,r0
	clr r1
	movw r20,r30
	asr r21
	ror r20
	andi r30,lo8(-2)
	add r30,r20
	adc r31,r21
	add r30,r24
	adc r31,r25
	ld r20,Z
	movw r30,r24
	movw r18,r24
	subi r18,-3
	sbci r19,-1
	mov r22,r15
	mov r23,r11
.L3:
	ld r21,Z
	movw r26,r22
	cp r21,r20
	brsh .L5
.L4:
	adiw r30,3
	subi r18,-3
	sbci r19,-1
	rjmp .L3
.L6:
	sbiw r26,3
.L5:
	ld r21,X
	cp r20,r21
	brlo .L6
	movw r22,r26
	cp r26,r30
	cpc r27,r31
	brlo .L9
	subi r22,3
	sbc r23,__zero_reg__
	mov r9,r18
	mov r10,r19
	ld r6,Z
	ldd r7,Z+1
	ldd r8,Z+2
	ld r12,X+
	ld r13,X+
	ld r14,X+
	st Z,r12
	std Z+1,r13
	std Z+2,r14
	st -X,r8
	st -X,r7
	st -X,r6
	cp r22,r18
	cpc r23,r19
	brsh .L4
.L7:
	call sort
	mov r24,r9
	mov r25,r10
	rjmp .L2
.L9:
	mov r9,r30
	mov r10,r31
	rjmp .L7
	.size	sort, .-sort
.global	put
	.type	put, @function
put:
/* prologue: function */
/* frame size = 0 */
/* stack size = 0 */
.L__stack_usage = 0
	lds r24,tail
	subi r24,lo8(-(1))
	andi r24,lo8(7)
	breq .L12
	sts tail,r24
	ldi r24,0
	ldi r25,0
	ret
.L12:
	ldi r24,lo8(-1)
	ldi r25,lo8(-1)
/* epilogue start */
	ret
	.size	put, .-put
.global	__vector_11
	.type	__vector_11, @function
__vector_11:
	push r1
	push r0
	in r0,__SREG__
	push r0
	clr __zero_reg__
	push r18
	push r19
	push r20
	push r21
	push r22
	push r23
	push r24
	push r25
	push r26
	push r27
	push r28
	push r29
	push r30
	push r31
/* prologue: Signal */
/* frame size = 0 */
/* stack size = 17 */
.L__stack_usage = 17
	lds r28,state.0
	lds r29,state.0+1
	cpi r28,1
	cpc r29,__zero_reg__
	breq .L14
	cpi r28,2
	cpc r29,__zero_reg__
	breq .L15
	or r28,r29
	brne .L13
	ldi r24,lo8(1)
	sts state.0,r24
	sts state.0+1,__zero_reg__
	lds r24,port
	ori r24,lo8(32)
.L18:
	sts port,r24
	rjmp .L13
.L14:
	lds r22,port
	ldi r23,lo8(100)
	ldi r24,0
	call put
	sub r28,r24
	sbc r29,r25
	sts state.0,r28
	sts state.0+1,r29
.L13:
/* epilogue start */
	pop r31
	pop r30
	pop r29
	pop r28
	pop r27
	pop r26
	pop r25
	pop r24
	pop r23
	pop r22
	pop r21
	pop r20
	pop r19
	pop r18
	pop r0
	out __SREG__,r0
	pop r0
	pop r1
	reti
.L15:
	sts state.0,__zero_reg__
	sts state.0+1,__zero_reg__
	lds r24,port
	andi r24,lo8(-33)
	rjmp .L18
	.size	__vector_11, .-__vector_11
.global	crc
	.type	crc, @function
crc:
	push r12
	push r13
	push r14
	push r15
	push r28
	push r29
/* prologue: function */
/* frame size = 0 */
/* stack size = 6 */
.L__stack_usage = 6
	movw r30,r24
	movw r26,r24
	add r26,r22
	adc r27,r23
	ldi r24,lo8(-1)
	ldi r25,lo8(-1)
	movw r22,r24
.L20:
	cp r30,r26
	cpc r31,r27
	brne .L23
	com r22
	com r23
	com r24
	com r25
/* epilogue start */
	pop r29
	pop r28
	pop r15
	pop r14
	pop r13
	pop r12
	ret
.L23:
	ld r29,Z+
	ldi r28,lo8(8)
.L22:
	movw r12,r22
	movw r14,r24
	lsr r15
	ror r14
	ror r13
	ror r12
	eor r22,r29
	mov r18,r22
	andi r18,1<<0
	ldi r19,0
	ldi r20,0
	ldi r21,0
	sbrs r22,0
	rjmp .L21
	ldi r18,lo8(32)
	ldi r19,lo8(-125)
	ldi r20,lo8(-72)
	ldi r21,lo8(-19)
.L21:
	movw r22,r12
	movw r24,r14
	eor r22,r18
	eor r23,r19
	eor r24,r20
	eor r25,r21
	lsr r29
	subi r28,lo8(1)
	brne .L22
	rjmp .L20
	.size	crc, .-crc
	.local	state.0
	.comm	state.0,2,1
	.local	tail
	.comm	tail,1,1
port = 37
	.ident	"GCC: (GNU) 15.2.0"
.global __do_clear_bss
