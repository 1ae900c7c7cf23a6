using McpBilling.ConformanceHost;
using McpBilling.Server.Commands;
using McpBilling.Server.Hosting;

// The whole program, with its own commands, gates and session modes; only the conversation offers more.
return await CommandLine.Run(args, Parts.OfProgram() with { Conversation = Fixture.Conversation }, Terminal.OfProcess, inputIsPiped: false);
