using System.Globalization;
using McpBilling.Costs.Reconciliation;
using McpBilling.Costs.Reconciliation.Reports;

namespace McpBilling.Tests.Costs.Reconciliation;

/// <summary>Sample documents in the providers' documented forms, and the facts that are in them.</summary>
public sealed class ReportReaderTests
{
    private const string OpenAiCosts = """
        {"object":"page","data":[{"object":"bucket","start_time":1764547200,"end_time":1764633600,"results":[
          {"object":"organization.costs.result","amount":{"value":0.06,"currency":"usd"},"line_item":"gpt-5-mini-2025-08-07, cached input","project_id":"proj_a","quantity":2400000},
          {"object":"organization.costs.result","amount":{"value":1.2345678901234567e-05,"currency":"USD"},"line_item":"priority | gpt-5.6-sol, output, long context","project_id":null},
          {"object":"organization.costs.result","amount":{"value":"2.25","currency":"usd"},"line_item":"web search tool calls","quantity":225.5},
          {"object":"organization.costs.result","amount":{"value":0.4,"currency":"usd"},"line_item":"gpt-image-1 image, output"},
          {"object":"organization.costs.result","amount":{"value":0.5,"currency":"usd"},"line_item":"Realtime, something new"}]}],
         "has_more":false,"next_page":null}
        """;

    private const string OpenAiCompletions = """
        {"object":"page","data":[{"object":"bucket","start_time":1764550800,"end_time":1764554400,"results":[
          {"object":"organization.usage.completions.result","input_tokens":1000,"output_tokens":500,"input_cached_tokens":800,"input_audio_tokens":0,"output_audio_tokens":0,"num_model_requests":5,
           "project_id":"proj_a","user_id":null,"api_key_id":null,"model":"gpt-5-2025-08-07","batch":true,"service_tier":"default"},
          {"object":"organization.usage.completions.result","input_tokens":1000,"output_tokens":300,"input_cached_tokens":100,"input_cache_write_tokens":50,"input_text_tokens":700,"input_audio_tokens":200,
           "input_cached_text_tokens":80,"input_cached_audio_tokens":20,"output_text_tokens":250,"output_audio_tokens":50,"num_model_requests":1,"model":"gpt-audio"}]}],"has_more":true,"next_page":"page_AAAA"}
        """;

    private const string AnthropicCosts = """
        {"data":[{"starting_at":"2025-12-01T00:00:00Z","ending_at":"2025-12-02T00:00:00Z","results":[
          {"amount":"123.78912","context_window":"0-200k","cost_type":"tokens","currency":"USD","description":"Claude Sonnet 4 Usage - Input Tokens","model":"claude-sonnet-4-20250514","service_tier":"standard","token_type":"uncached_input_tokens","workspace_id":"wrkspc_1"},
          {"amount":"5","cost_type":"tokens","currency":"USD","model":"claude-sonnet-4-20250514","service_tier":"batch","token_type":"cache_creation.ephemeral_1h_input_tokens"},
          {"amount":"10","cost_type":"web_search","currency":"USD","model":null,"token_type":null},
          {"amount":"7","cost_type":"code_execution","currency":"USD","model":null,"token_type":null}]}],"has_more":false,"next_page":null}
        """;

    private const string AnthropicUsage = """
        {"data":[{"starting_at":"2025-12-01T05:00:00Z","ending_at":"2025-12-01T06:00:00Z","results":[
          {"api_key_id":"apikey_1","cache_creation":{"ephemeral_1h_input_tokens":1000,"ephemeral_5m_input_tokens":500},"cache_read_input_tokens":200,"context_window":"0-200k","model":"claude-sonnet-4-20250514",
           "output_tokens":500,"server_tool_use":{"web_search_requests":10},"service_tier":"batch","uncached_input_tokens":1500,"workspace_id":"wrkspc_1"}]}],"has_more":false,"next_page":null}
        """;

    public static TheoryData<string, string, string, string> Samples() => new()
    {
        {
            "openai organization/costs in JSON", OpenAiCosts, "openai organization/costs",
            """
            gpt-5-mini-2025-08-07 cache_read q=2400000 $0.06 proj_a
            gpt-5.6-sol output $0.000012345678901235
            - web_search $2.25
            gpt-image-1 output_image $0.4
            - other: Realtime, something new $0.5
            """
        },
        {
            "openai organization/costs as the dashboard exports it, columns in another order, a new one, an empty day",
            "organization_id,amount_value,amount_currency,start_time,end_time,start_time_iso,end_time_iso,line_item,project_id,organization_name,brand_new\n"
            + "org-1,0.8958740000000000,usd,1764547200,1764633600,2025-12-01T00:00:00+00:00,2025-12-02T00:00:00+00:00,\"gpt-5, input\",proj_a,Personal,x\n"
            + ",,,1764633600,1764720000,2025-12-02T00:00:00+00:00,2025-12-03T00:00:00+00:00,,,,\n",
            "openai organization/costs", "gpt-5 input $0.895874 proj_a"
        },
        {
            "openai costs that are not split", "start_time\tend_time\tamount_value\tamount_currency\tline_item\tproject_id\n1764547200\t1764633600\t0.5\tusd\t\t\n",
            "openai organization/costs", "- - $0.5"
        },
        {
            "openai organization/usage/completions in JSON, by the hour, cached tokens inside input", OpenAiCompletions, "openai organization/usage/completions",
            """
            gpt-5-2025-08-07 input q=200 h=1 batch proj_a
            gpt-5-2025-08-07 cache_read q=800 h=1 batch proj_a
            gpt-5-2025-08-07 output q=500 h=1 batch proj_a
            gpt-5-2025-08-07 requests q=5 h=1 batch proj_a
            gpt-audio input q=650 h=1
            gpt-audio cache_read q=80 h=1
            gpt-audio cache_write q=50 h=1
            gpt-audio output q=250 h=1
            gpt-audio input_audio q=200 h=1
            gpt-audio cache_read_audio q=20 h=1
            gpt-audio output_audio q=50 h=1
            gpt-audio requests q=1 h=1
            """
        },
        {
            "openai usage as the dashboard exports it: tabs, counts with .0, an empty day",
            "start_time\tend_time\tproject_id\tnum_model_requests\tmodel\tbatch\tservice_tier\tinput_tokens\toutput_tokens\tinput_cached_tokens\tinput_uncached_tokens\tinput_text_tokens\n"
            + "1764547200\t1764633600\tproj_a\t10.0\tgpt-4o-2024-08-06\tFALSE\tdefault\t59200.0\t10646.0\t5760.0\t53440.0\t53440.0\n1764633600\t1764720000\t\t\t\t\t\t\t\t\t\t\n",
            "openai organization/usage/completions",
            """
            gpt-4o-2024-08-06 input q=53440 nobatch proj_a
            gpt-4o-2024-08-06 cache_read q=5760 nobatch proj_a
            gpt-4o-2024-08-06 output q=10646 nobatch proj_a
            gpt-4o-2024-08-06 requests q=10 nobatch proj_a
            """
        },
        { "openai embeddings", OpenAi("embeddings", """ "input_tokens":7,"num_model_requests":2,"model":"text-embedding-3-small" """), "openai organization/usage/embeddings", "text-embedding-3-small input q=7\ntext-embedding-3-small requests q=2" },
        { "openai images", OpenAi("images", """ "images":3,"num_model_requests":3,"model":"dall-e-3","size":"1024x1024" """), "openai organization/usage/images", "dall-e-3 images q=3" },
        { "openai speech", OpenAi("audio_speeches", """ "characters":45,"num_model_requests":1,"model":"tts-1" """), "openai organization/usage/audio_speeches", "tts-1 speech_character q=45" },
        { "openai transcriptions", OpenAi("audio_transcriptions", """ "seconds":60,"num_model_requests":1,"model":"whisper-1" """), "openai organization/usage/audio_transcriptions", "whisper-1 audio_second q=60" },
        { "openai vector stores", OpenAi("vector_stores", """ "usage_bytes":1024,"project_id":"proj_a" """), "openai organization/usage/vector_stores", "- vector_store_byte q=1024 proj_a" },
        { "openai code interpreter", OpenAi("code_interpreter_sessions", """ "num_sessions":4 """), "openai organization/usage/code_interpreter_sessions", "- code_execution q=4" },
        { "openai web searches", OpenAi("web_searches", """ "num_requests":9,"num_model_requests":3,"model":"gpt-5" """), "openai organization/usage/web_search_calls", "gpt-5 web_search q=9" },
        { "openai file searches", OpenAi("file_searches", """ "num_requests":8 """), "openai organization/usage/file_search_calls", "- file_search q=8" },
        { "openai moderations, which are free", OpenAi("moderations", """ "input_tokens":5,"num_model_requests":1,"model":"omni-moderation" """), "openai organization/usage/moderations", "" },
        {
            "anthropic cost_report, whose amount is cents", AnthropicCosts, "anthropic cost_report",
            """
            claude-sonnet-4-20250514 input $1.2378912 nobatch wrkspc_1
            claude-sonnet-4-20250514 cache_write_1h $0.05 batch
            - web_search $0.1
            - code_execution $0.07
            """
        },
        {
            "anthropic costs as the console exports them, in dollars, with names for people",
            "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type,inference_geo,speed,api_key_id,api_key_status\n"
            + "2025-12-01,Claude Haiku 4.5,Default,\"key, \"\"mine\"\"\",message,≤ 200k,input_no_cache,0.05,0.05,token,not_available,,apikey_1,archived\n"
            + "2025-12-01,Claude Haiku 4.5,Default,k,message,≤ 200k,input_cache_write_5m,0.10,1.00,token,not_available,,apikey_1,archived\n",
            "anthropic cost_report", "Claude Haiku 4.5 input $0.05 Default\nClaude Haiku 4.5 cache_write_5m $0.1 Default"
        },
        {
            "anthropic usage_report/messages in JSON, by the hour", AnthropicUsage, "anthropic usage_report/messages",
            """
            claude-sonnet-4-20250514 input q=1500 h=5 batch wrkspc_1
            claude-sonnet-4-20250514 cache_read q=200 h=5 batch wrkspc_1
            claude-sonnet-4-20250514 cache_write_5m q=500 h=5 batch wrkspc_1
            claude-sonnet-4-20250514 cache_write_1h q=1000 h=5 batch wrkspc_1
            claude-sonnet-4-20250514 output q=500 h=5 batch wrkspc_1
            claude-sonnet-4-20250514 web_search q=10 h=5 batch wrkspc_1
            """
        },
        {
            "anthropic usage as the console exports it, by the day, with a mark at its beginning",
            "\uFEFFusage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed\r\n"
            + "2025-12-01,claude-opus-5,App,Default,standard,≤ 200k,46981,15969,0,0,16932,0,global,\r\n",
            "anthropic usage_report/messages", "claude-opus-5 input q=46981 nobatch Default\nclaude-opus-5 cache_write_5m q=15969 nobatch Default\nclaude-opus-5 output q=16932 nobatch Default"
        },
        {
            "anthropic usage exported by the hour, column names for people", "Usage Date (UTC),Model Version,Usage Input Tokens No Cache,Usage Output Tokens\n2025-12-01 05:00,claude-opus-5,1,0\n2025-12-01 06:00,claude-opus-5,0,2\n",
            "anthropic usage_report/messages", "claude-opus-5 input q=1 h=5\nclaude-opus-5 output q=2 h=6"
        },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_report_is_recognized_by_itself_and_read_into_facts(string what, string text, string report, string facts)
    {
        var read = Read(text);
        Assert.Equal(report, $"{read.Provider} {read.Report}");
        Assert.Equal(facts.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), read.Facts.Select(Shown));
        Assert.True(read.Facts.All(f => UtcDays.Text(f.Day) == "2025-12-01"), what);
    }

    [Fact]
    public void Days_without_use_are_told_too()
    {
        Assert.Equal(["2025-12-01", "2025-12-02"], Read((string)Samples().ElementAt(1).Data.Item2).Days.Select(UtcDays.Text));
    }

    [Theory]
    [InlineData("[{0},{1}]", false)]
    [InlineData("{0}\n{1}\n", false)]
    [InlineData("{0}", true)]
    public void Pages_may_be_given_as_a_list_or_a_page_per_line_and_missing_ones_are_noticed(string form, bool lacks)
    {
        string first = OpenAiCompletions.ReplaceLineEndings(""), second = first.Replace("true,\"next_page\":\"page_AAAA\"", "false,\"next_page\":null", StringComparison.Ordinal);
        var read = Read(form.Replace("{0}", first, StringComparison.Ordinal).Replace("{1}", second, StringComparison.Ordinal));
        Assert.Equal(lacks, read.LacksPages);
        Assert.Equal(lacks ? 12 : 24, read.Facts.Length);
    }

    [Fact]
    public void Days_that_do_not_begin_at_midnight_are_noticed() => Assert.Equal(8, Read(OpenAiCosts.Replace("1764547200", "1764576000", StringComparison.Ordinal).Replace("1764633600", "1764662400", StringComparison.Ordinal)).DayBegins);

    [Fact]
    public void The_same_text_has_the_same_hash_and_another_text_another()
    {
        Assert.Equal(Read(AnthropicUsage).Sha256, Read(AnthropicUsage).Sha256);
        Assert.NotEqual(Read(AnthropicUsage).Sha256, Read(AnthropicUsage + " ").Sha256);
    }

    private static ProviderReport Read(string text) => ReportReader.Read(new ReportDocument("sample", text), "documents[0].text");

    private static string OpenAi(string endpoint, string fields) =>
        $$"""{"object":"page","data":[{"object":"bucket","start_time":1764547200,"end_time":1764633600,"results":[{"object":"organization.usage.{{endpoint}}.result",{{fields}}}]}],"has_more":false}""";

    private static string Shown(ProviderFact f) => string.Join(' ', ((string?[])[
        f.Model.Length == 0 ? "-" : f.Model, f.Kind.Length == 0 ? "-" : f.Kind,
        f.Quantity is { } q ? "q=" + q.ToString("0", CultureInfo.InvariantCulture) : null, f.Amount is { } a ? "$" + a.ToString("0.##################", CultureInfo.InvariantCulture) : null,
        f.Hour is { } h ? $"h={h}" : null, f.Batch switch { true => "batch", false => "nobatch", _ => null }, f.Project]).Where(p => p is not null));
}
