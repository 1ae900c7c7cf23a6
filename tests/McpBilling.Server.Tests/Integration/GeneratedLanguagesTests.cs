namespace McpBilling.Server.Tests.Integration;

/// <summary>By Node, Express, and a Next.js route handler.</summary>
public sealed class GeneratedTypeScriptTests(GeneratedApps<TypeScriptApps> apps) : GeneratedCodeTests<TypeScriptApps>(apps);

/// <summary>By Python alone, FastAPI, and Flask.</summary>
public sealed class GeneratedPythonTests(GeneratedApps<PythonApps> apps) : GeneratedCodeTests<PythonApps>(apps);

/// <summary>By ASP.NET Core.</summary>
public sealed class GeneratedCSharpTests(GeneratedApps<CSharpApps> apps) : GeneratedCodeTests<CSharpApps>(apps);

/// <summary>By net/http.</summary>
public sealed class GeneratedGoTests(GeneratedApps<GoApps> apps) : GeneratedCodeTests<GoApps>(apps);

/// <summary>By bash and curl.</summary>
public sealed class GeneratedCurlTests(GeneratedApps<CurlApps> apps) : GeneratedCodeTests<CurlApps>(apps);
