	ldi r16, 1
	ldi r3, 1
	bogus r1
