module broken(input a output b);
endmodule
