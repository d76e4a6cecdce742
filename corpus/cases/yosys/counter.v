module counter(input clk, input reset, input up, output reg [3:0] value, output zero);
  always @(posedge clk)
    if (reset) value <= 0;
    else value <= up ? value + 4'd1 : value - 4'd1;
  assign zero = value == 0;
endmodule
