using McpBilling.Storage.Tests.Compliance;

namespace McpBilling.Storage.Tests.Postgres;

// The same tests on this engine, each class with a fresh database per test.

public sealed class PostgresIdempotencyTests() : IdempotencyTests(new PostgresStore());

public sealed class PostgresExportTests() : ExportTests(new PostgresStore());

public sealed class PostgresRefusalTests() : RefusalTests(new PostgresStore());

public sealed class PostgresReopeningTests() : ReopeningTests(new PostgresStore());

public sealed class PostgresRaceTests() : RaceTests(new PostgresStore());

public sealed class PostgresClockTests() : ClockTests(new PostgresStore());

public sealed class PostgresPageTests() : PageTests(new PostgresStore());

public sealed class PostgresWorkspaceTests() : WorkspaceTests(new PostgresStore());

public sealed class PostgresVerifyTests() : VerifyTests(new PostgresStore());

public sealed class PostgresCostTests() : CostTests(new PostgresStore());

public sealed class PostgresPriceTests() : PriceTests(new PostgresStore());

public sealed class PostgresBreakageTests() : BreakageTests(new PostgresStore());

public sealed class PostgresCostPlusTests() : CostPlusTests(new PostgresStore());

public sealed class PostgresMarginTests() : MarginTests(new PostgresStore());

public sealed class PostgresSumTests() : SumTests(new PostgresStore());

public sealed class PostgresWebhookTests() : WebhookTests(new PostgresStore());

public sealed class PostgresDeliveryTests() : DeliveryTests(new PostgresStore());
public sealed class PostgresLimitTests() : LimitTests(new PostgresStore());

public sealed class PostgresLeaseTests() : LeaseTests(new PostgresStore());

public sealed class PostgresDetailTests() : DetailTests(new PostgresStore());

public sealed class PostgresUpgradeTests() : UpgradeTests(new PostgresStore());
