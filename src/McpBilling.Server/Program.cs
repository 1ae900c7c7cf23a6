using McpBilling.Server.Commands;
using McpBilling.Server.Hosting;

return await CommandLine.Run(args, Parts.OfProgram(), Terminal.OfProcess, Console.IsInputRedirected);
