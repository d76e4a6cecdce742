int answer(void)
{
    return undeclared + 1
}
