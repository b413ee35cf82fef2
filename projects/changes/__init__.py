"""What a change of the register is: who may make it, what holds, what is told of it and kept."""
