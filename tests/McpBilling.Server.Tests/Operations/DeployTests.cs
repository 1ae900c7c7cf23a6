using System.Text.RegularExpressions;
using McpBilling.Server.Tests.Commands;
using YamlDotNet.RepresentationModel;

namespace McpBilling.Server.Tests.Operations;

/// <summary>What is in deploy/ is valid as far as can be told without a cluster, fits together, and holds no secret.</summary>
public sealed partial class DeployTests
{
    private static readonly string[] Manifests = ["namespace.yaml", "serviceaccount.yaml", "deployment.yaml", "service.yaml", "poddisruptionbudget.yaml", "networkpolicy.yaml"];

    [Fact]
    public async Task The_unit_is_one_that_systemd_takes()
    {
        string unit = File.ReadAllText(Yaml.Path("systemd", "mcp-billing.service"));
        Assert.Equal(["Unit", "Service", "Install"], Section().Matches(unit).Select(m => m.Groups[1].Value));
        Assert.All(unit.Split('\n').Where(l => l.Length > 0 && l[0] is not ('#' or '[')), l => Assert.Matches("^[A-Z][A-Za-z]+=", l));
        foreach (string must in (string[])["DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "CapabilityBoundingSet=\n", "StateDirectory=mcp-billing", "LimitCORE=0", "UMask=0077"])
        {
            Assert.Contains(must, unit, StringComparison.Ordinal);
        }
        if (OnPath("systemd-analyze") is not { } systemd)
        {
            return;
        }
        // The program is not installed on this machine; everything else is judged as it stands.
        var folder = Directory.CreateTempSubdirectory("mcp-billing-unit-");
        try
        {
            string path = Path.Combine(folder.FullName, "mcp-billing.service");
            await File.WriteAllTextAsync(path, unit.Replace("/usr/local/bin/mcp-billing", "/bin/true", StringComparison.Ordinal));
            var (exit, output, error) = await ProgramProcess.RunAny(systemd, ["verify", "--man=no", path]);
            Assert.True(exit == 0 && error.Length == 0, output + error);
            var exposure = await ProgramProcess.RunAny(systemd, ["security", "--offline=true", "--no-pager", "--threshold=20", path]);
            Assert.True(exposure.ExitCode == 0, exposure.Out + exposure.Error);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_compose_file_fits_together()
    {
        var compose = Assert.Single(Yaml.Read("compose.yaml"));
        var services = compose.Map("services");
        Assert.Equal(["billing", "database", "prometheus"], services.Keys.Order());
        var (networks, volumes, secrets) = (compose.Map("networks").Keys, compose.Map("volumes").Keys, compose.Map("secrets").Keys);
        foreach (var service in services.Values)
        {
            Assert.All(service.List("networks"), n => Assert.Contains(n.Text(), networks));
            Assert.All(service.List("secrets"), s => Assert.Contains(s.Text(), secrets));
            Assert.All(service.Map("depends_on"), d => Assert.Equal(("service_healthy", true), (d.Value.Text("condition"), services[d.Key].Find("healthcheck") is not null)));
            // Everything that listens, listens for this machine.
            Assert.All(service.List("ports"), p => Assert.StartsWith("127.0.0.1:", p.Text(), StringComparison.Ordinal));
            foreach (string mount in service.List("volumes").Select(v => v.Text()!.Split(':')[0]))
            {
                Assert.True(mount.StartsWith("./", StringComparison.Ordinal) ? File.Exists(Yaml.Path(mount[2..])) : volumes.Contains(mount), mount);
            }
        }
        Assert.Equal("true", compose.Text("networks", "data", "internal"));
        var billing = services["billing"];
        Assert.Equal(("true", "ALL"), (billing.Text("read_only"), billing.Text("cap_drop", "0")));
        Assert.True(File.Exists(Path.Combine(Yaml.Path(), billing.Text("build", "context")!, billing.Text("build", "dockerfile")!)));
        Assert.Equal(VersionOf(), billing.Text("image")!.Split(':')[^1]);
    }

    [Fact]
    public void The_manifests_are_of_the_kinds_and_versions_that_clusters_know()
    {
        (string Kind, string Version)[] expected =
        [
            ("Namespace", "v1"), ("ServiceAccount", "v1"), ("Deployment", "apps/v1"), ("Service", "v1"), ("PodDisruptionBudget", "policy/v1"), ("NetworkPolicy", "networking.k8s.io/v1"),
        ];
        Assert.Equal(expected, Manifests.Select(m => Assert.Single(Yaml.Read("kubernetes", m))).Select(m => (m.Text("kind")!, m.Text("apiVersion")!)));
        Assert.Equal(Manifests, Assert.Single(Yaml.Read("kubernetes", "kustomization.yaml")).List("resources").Select(r => r.Text()!));
        Assert.Equal(Manifests.Append("kustomization.yaml").Order(), Directory.EnumerateFiles(Yaml.Path("kubernetes")).Select(f => Path.GetFileName(f)).Order());
        foreach (var manifest in Manifests.Skip(1).Select(m => Yaml.Read("kubernetes", m)[0]))
        {
            Assert.Equal("billing", manifest.Text("metadata", "namespace"));
            Assert.Matches("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", manifest.Text("metadata", "name")!);
        }
    }

    [Fact]
    public void Every_field_is_one_that_its_kind_has()
    {
        foreach (string manifest in Manifests)
        {
            var root = Yaml.Read("kubernetes", manifest)[0];
            Assert.Empty(ManifestFields.Unknown(root.Text("kind")!, root));
        }
    }

    [Fact]
    public void The_check_of_fields_sees_a_misspelt_one()
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(Yaml.Path("kubernetes", "deployment.yaml")).Replace("readinessProbe:", "readynessProbe:", StringComparison.Ordinal)));
        Assert.Equal(["spec.template.spec.containers[].readynessProbe"], ManifestFields.Unknown("Deployment", stream.Documents[0].RootNode));
    }

    [Fact]
    public void Three_replicas_of_which_two_stay_are_found_by_one_label()
    {
        var deployment = Yaml.Read("kubernetes", "deployment.yaml")[0];
        Assert.Equal(("3", "2"), (deployment.Text("spec", "replicas"), Yaml.Read("kubernetes", "poddisruptionbudget.yaml")[0].Text("spec", "minAvailable")));
        string[] selectors =
        [
            deployment.Text("spec", "selector", "matchLabels", "app.kubernetes.io/name")!,
            Yaml.Read("kubernetes", "service.yaml")[0].Text("spec", "selector", "app.kubernetes.io/name")!,
            Yaml.Read("kubernetes", "poddisruptionbudget.yaml")[0].Text("spec", "selector", "matchLabels", "app.kubernetes.io/name")!,
            Yaml.Read("kubernetes", "networkpolicy.yaml")[0].Text("spec", "podSelector", "matchLabels", "app.kubernetes.io/name")!,
        ];
        Assert.All(selectors, s => Assert.Equal(deployment.Text("spec", "template", "metadata", "labels", "app.kubernetes.io/name"), s));
    }

    [Fact]
    public void Probes_services_and_policies_name_ports_that_the_container_has_and_the_program_listens_on()
    {
        var container = Container();
        var ports = container.List("ports").ToDictionary(p => p.Text("name")!, p => p.Text("containerPort")!);
        Assert.Equal($"http://0.0.0.0:{ports["http"]}", Variable("MCP_BILLING_URLS").Text("value"));
        Assert.Equal($"http://0.0.0.0:{ports["metrics"]}", Variable("MCP_BILLING_METRICS_URLS").Text("value"));
        Assert.Equal(
            [("startupProbe", "/readyz"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz/reads")],
            new[] { "startupProbe", "livenessProbe", "readinessProbe" }.Select(p => (p, container.Text(p, "httpGet", "path")!)));
        Assert.All((string[])["startupProbe", "livenessProbe", "readinessProbe"], p => Assert.Contains(container.Text(p, "httpGet", "port")!, ports.Keys));
        Assert.All(Yaml.Read("kubernetes", "service.yaml")[0].List("spec", "ports"), p => Assert.Contains(p.Text("targetPort")!, ports.Keys));
        Assert.All(Yaml.Read("kubernetes", "networkpolicy.yaml")[0].List("spec", "ingress").SelectMany(i => i.List("ports")), p => Assert.Contains(p.Text("port")!, ports.Keys));
        Assert.Equal(ports["metrics"], Yaml.Read("kubernetes", "deployment.yaml")[0].Text("spec", "template", "metadata", "annotations", "prometheus.io/port"));
    }

    [Fact]
    public void Every_option_and_variable_that_is_set_is_one_that_the_program_has()
    {
        string options = File.ReadAllText(Path.Combine(Needs.RepositoryFolder, "src/McpBilling.Server/Commands/ServeCommand.cs")) + File.ReadAllText(Path.Combine(Needs.RepositoryFolder, "src/McpBilling.Server/Commands/HostingOptions.cs"))
            + File.ReadAllText(Path.Combine(Needs.RepositoryFolder, "src/McpBilling.Server/Commands/SharedOptions.cs"));
        string unit = File.ReadAllText(Yaml.Path("systemd", "mcp-billing.service"));
        var used = Container().List("args").Select(a => a.Text()!).Concat(Yaml.Read("compose.yaml")[0].List("services", "billing", "command").Select(c => c.Text()!)).Concat(OptionName().Matches(unit).Select(m => m.Value))
            .Where(a => a.StartsWith("--", StringComparison.Ordinal)).Distinct().ToList();
        Assert.Contains("--stateless", used);
        Assert.All(used, o => Assert.Contains($"\"{o}\"", options, StringComparison.Ordinal));
        string everything = string.Concat(Directory.EnumerateFiles(Yaml.Path(), "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        string source = string.Concat(Directory.EnumerateFiles(Path.Combine(Needs.RepositoryFolder, "src"), "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText));
        Assert.All(VariableName().Matches(everything).Select(m => m.Value).Distinct(), v => Assert.Contains($"\"{v}\"", source, StringComparison.Ordinal));
    }

    [Fact]
    public void Pods_may_do_nothing_that_the_program_does_not_do()
    {
        var pod = Yaml.Read("kubernetes", "deployment.yaml")[0].Find("spec", "template", "spec");
        var container = Container();
        Assert.Equal(("true", "RuntimeDefault", "false"), (pod.Text("securityContext", "runAsNonRoot"), pod.Text("securityContext", "seccompProfile", "type"), pod.Text("automountServiceAccountToken")));
        Assert.Equal(("false", "true", "ALL"), (container.Text("securityContext", "allowPrivilegeEscalation"), container.Text("securityContext", "readOnlyRootFilesystem"), container.Text("securityContext", "capabilities", "drop", "0")));
        Assert.NotNull(container.Text("resources", "limits", "memory"));
        // Whoever stops is given the time that it takes: the pause, six seconds for requests, the last batch.
        Assert.True(int.Parse(pod.Text("terminationGracePeriodSeconds")!, System.Globalization.CultureInfo.InvariantCulture) >= 20);
        var policy = Yaml.Read("kubernetes", "networkpolicy.yaml")[0];
        Assert.Equal(["Ingress", "Egress"], policy.List("spec", "policyTypes").Select(t => t.Text()!));
        Assert.All(policy.List("spec", "ingress"), rule => Assert.True(rule.List("from").Count > 0 && rule.List("ports").Count > 0));
        Assert.All(policy.List("spec", "egress"), rule => Assert.True(rule.List("to").Count > 0 && rule.List("ports").Count > 0));
    }

    [Fact]
    public void Secrets_are_named_and_are_nowhere_here()
    {
        Assert.All((string[])["MCP_BILLING_DATA", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"], name => Assert.NotNull(Variable(name).Text("valueFrom", "secretKeyRef", "key")));
        foreach (string file in Directory.EnumerateFiles(Yaml.Path(), "*", SearchOption.AllDirectories))
        {
            string text = File.ReadAllText(file);
            Assert.False(SecretText().IsMatch(text.Replace("USER:PASSWORD@", "", StringComparison.Ordinal).Replace("billing:PASSWORD@", "", StringComparison.Ordinal)), file);
            Assert.DoesNotContain("kind: Secret", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_image_is_not_root_has_no_shell_and_runs_what_is_built()
    {
        string[] lines = File.ReadAllLines(Yaml.Path("Dockerfile"));
        Assert.Contains(lines, l => l.StartsWith("FROM mcr.microsoft.com/dotnet/aspnet:10.0-", StringComparison.Ordinal) && l.EndsWith("chiseled", StringComparison.Ordinal));
        string user = Assert.Single(lines, l => l.StartsWith("USER ", StringComparison.Ordinal))["USER ".Length..];
        Assert.Equal(Yaml.Read("kubernetes", "deployment.yaml")[0].Text("spec", "template", "spec", "securityContext", "runAsUser"), user.Split(':')[0]);
        Assert.Contains("ENTRYPOINT [\"dotnet\", \"mcp-billing.dll\"]", lines);
    }

    [Fact]
    public void Prometheus_finds_the_program_and_its_alerts()
    {
        var prometheus = Assert.Single(Yaml.Read("prometheus", "prometheus.yaml"));
        Assert.All(prometheus.List("rule_files"), f => Assert.True(File.Exists(Yaml.Path("prometheus", f.Text()!))));
        // By which BillingDown asks.
        Assert.Equal(("mcp-billing", "billing:9464"), (prometheus.Text("scrape_configs", "0", "job_name"), prometheus.Text("scrape_configs", "0", "static_configs", "0", "targets", "0")));
    }

    private static YamlNode Container() => Assert.Single(Yaml.Read("kubernetes", "deployment.yaml")[0].List("spec", "template", "spec", "containers"));

    private static YamlNode Variable(string name) => Assert.Single(Container().List("env"), v => v.Text("name") == name);

    private static string VersionOf() => Regex.Match(File.ReadAllText(Path.Combine(Needs.RepositoryFolder, "Directory.Build.props")), "<Version>(.+)</Version>").Groups[1].Value;

    private static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);

    [GeneratedRegex(@"^\[(\w+)\]$", RegexOptions.Multiline)]
    private static partial Regex Section();

    [GeneratedRegex("--[a-z][a-z-]+")]
    private static partial Regex OptionName();

    [GeneratedRegex("MCP_BILLING_[A-Z_]+|STRIPE_[A-Z_]+")]
    private static partial Regex VariableName();

    [GeneratedRegex("://[^/\\s:]+:[^@\\s]+@|mb_(test|live)_|sk_(test|live)_|whsec_|BEGIN [A-Z ]*PRIVATE KEY")]
    private static partial Regex SecretText();
}
