namespace McpBilling.Storage;

/// <summary>The data file cannot be used. The message is one line for the person who started the program: what is wrong and what to do.</summary>
public sealed class DataFileException(string message, Exception? inner = null) : Exception(message, inner);
