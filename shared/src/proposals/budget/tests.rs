use proptest::prelude::*;

use super::*;

const XAF: Currency = Currency::XAF;

fn rules() -> BudgetRules {
    BudgetRules {
        categories: crate::calls::CATEGORIES.iter().map(|&c| c.to_owned()).collect(),
        indirect_cap: BasisPoints::percent(7),
        contingency_cap: BasisPoints::percent(5),
        min_grant: eur("1000"),
        max_grant: eur("200000"),
        max_months: 24,
        cofunding_min: BasisPoints(0),
        in_kind_counts_up_to: BasisPoints::percent(50),
    }
}

fn currencies() -> Vec<CallCurrency> {
    vec![
        CallCurrency { currency: Currency::EUR, budget_rate: Rate::ONE },
        CallCurrency { currency: XAF, budget_rate: Rate::parse("655.957").unwrap() },
    ]
}

fn eur(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

fn line(category: &str, source: LineSource, unit_cost: Money) -> BudgetLine {
    BudgetLine {
        category: category.into(),
        activity: "Claims module".into(),
        unit: "lump sum".into(),
        quantity: Quantity::parse("1").ok(),
        unit_cost: Some(unit_cost),
        period: "months 1–6".into(),
        source,
        total: None,
    }
}

fn check(rules: &BudgetRules, lines: &[BudgetLine]) -> (Totals, Vec<FieldError>) {
    let currency = lines.iter().find_map(|l| l.unit_cost).map_or(Currency::EUR, Money::currency);
    check_budget(rules, &currencies(), currency, lines, Some(12))
}

fn codes(errors: &[FieldError]) -> Vec<(&str, Code)> {
    errors.iter().map(|e| (e.pointer.as_str(), e.code)).collect()
}

#[test]
fn m1_xaf_has_no_decimals() {
    let json = r#"{"category":"staff","activity":"a","unit":"u","quantity":"1","unit_cost":{"amount":"100.50","currency":"XAF"},"period":"","source":"grant"}"#;
    let error = serde_json::from_str::<BudgetLine>(json).unwrap_err();
    assert!(error.to_string().starts_with(Code::AmountPrecision.as_str()), "{error}");
}

#[test]
fn m5_a_line_in_another_currency_is_named() {
    let lines =
        [line("staff", LineSource::Grant, eur("2000")), line("travel", LineSource::Grant, Money::from_minor(1, XAF))];
    let (totals, errors) = check(&rules(), &lines);
    assert_eq!(codes(&errors), [("/lines/1/unit_cost", Code::CurrencyMismatch)]);
    assert_eq!(errors[0].params["expected"], "EUR");
    assert_eq!(totals.total, eur("2000"), "two currencies never add");
}

#[test]
fn m5_negative_and_zero_costs_are_refused() {
    for cost in ["-1", "0"] {
        let errors = check_lines(&rules(), Currency::EUR, &[line("staff", LineSource::Grant, eur(cost))]);
        assert_eq!(codes(&errors), [("/lines/0/unit_cost", Code::AmountNotPositive)]);
    }
}

#[test]
fn m6_a_category_outside_the_calls_list_is_named() {
    let errors = check_lines(&rules(), Currency::EUR, &[line("yachts", LineSource::Grant, eur("1"))]);
    assert_eq!(codes(&errors), [("/lines/0/category", Code::CategoryUnknown)]);
}

#[test]
fn m6_an_incomplete_line_can_be_kept_and_counts_nowhere() {
    let unfinished = BudgetLine { unit_cost: None, category: String::new(), ..line("", LineSource::Grant, eur("1")) };
    let lines = [line("staff", LineSource::Grant, eur("2000")), unfinished];
    assert!(check_lines(&rules(), Currency::EUR, &lines).is_empty());
    let (totals, errors) = check(&rules(), &lines);
    assert_eq!(totals.total, eur("2000"));
    assert_eq!(codes(&errors), [("/lines/1/category", Code::Required), ("/lines/1/unit_cost", Code::Required)]);
}

#[test]
fn m7_a_stated_total_must_match_to_the_cent() {
    let mut stated = line("staff", LineSource::Grant, eur("333.33"));
    stated.quantity = Quantity::parse("3").ok();
    stated.total = Some(eur("999.99"));
    assert!(check_lines(&rules(), Currency::EUR, std::slice::from_ref(&stated)).is_empty());
    stated.total = Some(eur("1000.00"));
    let errors = check_lines(&rules(), Currency::EUR, &[line("staff", LineSource::Grant, eur("1")), stated]);
    assert_eq!(codes(&errors), [("/lines/1/total", Code::LineTotalMismatch)]);
    assert_eq!(errors[0].params["expected"], "EUR 999.99");
}

#[test]
fn m8_indirect_and_contingency_are_capped_on_direct_cost() {
    for (category, passes, fails, code, max) in [
        ("indirect", "7000.00", "7000.01", Code::IndirectCap, "EUR 7000.00"),
        ("contingency", "5000.00", "5000.01", Code::ContingencyCap, "EUR 5000.00"),
    ] {
        let budget = |amount: &str| {
            [line("staff", LineSource::Grant, eur("100000.00")), line(category, LineSource::Grant, eur(amount))]
        };
        assert_eq!(check(&rules(), &budget(passes)).1, []);
        let (_, errors) = check(&rules(), &budget(fails));
        assert_eq!(codes(&errors), [(format!("/totals/{category}").as_str(), code)]);
        assert_eq!(errors[0].params["max"], max, "the amount that would pass");
    }
}

#[test]
fn m8_xaf_caps_have_no_decimals() {
    let budget = |indirect: i64| {
        [
            line("staff", LineSource::Grant, Money::from_minor(10_000_010, XAF)),
            line("indirect", LineSource::Grant, Money::from_minor(indirect, XAF)),
        ]
    };
    assert_eq!(check(&rules(), &budget(700_000)).1, []);
    let (_, errors) = check(&rules(), &budget(700_001));
    assert_eq!(errors[0].params["max"], "XAF 700000");
}

#[test]
fn m9_the_request_lies_between_minimum_and_maximum_inclusive() {
    for (amount, error) in [
        ("999.99", Some(Code::RequestBelowMin)),
        ("1000.00", None),
        ("200000.00", None),
        ("200000.01", Some(Code::RequestAboveMax)),
    ] {
        let (_, errors) = check(&rules(), &[line("staff", LineSource::Grant, eur(amount))]);
        assert_eq!(errors.first().map(|e| e.code), error, "{amount}");
    }
    assert_eq!(check(&rules(), &[]).1[0].code, Code::BudgetEmpty);
}

#[test]
fn m9_another_currency_is_held_against_the_limits_before_rounding() {
    // EUR 200 000 at 655.957 is XAF 131 191 400 exactly; one franc more is EUR 200 000.0015.
    let budget = |francs: i64| [line("staff", LineSource::Grant, Money::from_minor(francs, XAF))];
    let (totals, errors) = check(&rules(), &budget(131_191_400));
    assert_eq!((errors, totals.requested_eur, totals.requested_left.minor()), (vec![], eur("200000.00"), 0));
    let (totals, errors) = check(&rules(), &budget(131_191_401));
    assert_eq!(totals.requested_eur, eur("200000.00"), "rounded, it would look as if it passed");
    assert_eq!(codes(&errors), [("/totals/requested", Code::RequestAboveMax)]);
    assert_eq!(errors[0].params["max"], "XAF 131191400");
    // EUR 1 000 is XAF 655 957.
    assert_eq!(check(&rules(), &budget(655_956)).1[0].params["min"], "XAF 655957");
    assert_eq!(check(&rules(), &budget(655_957)).1, []);
}

#[test]
fn m9_duration_is_at_most_the_maximum() {
    let lines = [line("staff", LineSource::Grant, eur("2000"))];
    for (months, error) in [
        (Some(24), None),
        (Some(25), Some(Code::DurationAboveMax)),
        (Some(0), Some(Code::AmountNotPositive)),
        (None, Some(Code::Required)),
    ] {
        let (_, errors) = check_budget(&rules(), &currencies(), Currency::EUR, &lines, months);
        assert_eq!(errors.first().map(|e| (e.pointer.as_str(), e.code)), error.map(|c| ("/duration_months", c)));
    }
}

#[test]
fn m10_cofunding_reaches_its_share_of_the_project_total() {
    let rules = BudgetRules { cofunding_min: BasisPoints::percent(20), ..rules() };
    let budget = |grant: &str, own: &str| {
        [line("staff", LineSource::Grant, eur(grant)), line("staff", LineSource::OwnCash, eur(own))]
    };
    let (totals, errors) = check(&rules, &budget("80000.00", "20000.00"));
    assert_eq!(errors, []);
    assert_eq!(totals.cofunding_percent, Some(Fraction::from(20)));
    let (_, errors) = check(&rules, &budget("80000.01", "19999.99"));
    assert_eq!(codes(&errors), [("/totals/cofunding", Code::CofundingBelowMin)]);
    assert_eq!(errors[0].params["missing"], "EUR 0.01");
    assert_eq!(errors[0].params["min"], "EUR 20000.00");
}

#[test]
fn m10_in_kind_counts_up_to_half_of_the_minimum() {
    let rules = BudgetRules { cofunding_min: BasisPoints::percent(20), ..rules() };
    let budget = |in_kind: &str, cash: &str| {
        [
            line("staff", LineSource::Grant, eur("80000.00")),
            line("staff", LineSource::OwnInKind, eur(in_kind)),
            line("travel", LineSource::ThirdParty, eur(cash)),
        ]
    };
    assert_eq!(check(&rules, &budget("10000.00", "10000.00")).1, []);
    let (_, errors) = check(&rules, &budget("10000.01", "9999.99"));
    assert_eq!(errors[0].params["missing"], "EUR 0.01");
}

#[test]
fn m12_the_refinancing_fee_may_not_be_charged_to_grant_lines() {
    let budget = |source| [line("staff", LineSource::Grant, eur("2000")), line("refinancing_fee", source, eur("100"))];
    let (_, errors) = check(&rules(), &budget(LineSource::Grant));
    assert_eq!(codes(&errors), [("/lines/1/source", Code::RefinancingFeeOnGrant)]);
    for source in [LineSource::OwnCash, LineSource::OwnInKind, LineSource::ThirdParty] {
        assert_eq!(check(&rules(), &budget(source)).1, [], "{source}");
    }
    // A draft keeps it, so that nothing typed is lost.
    assert_eq!(check_lines(&rules(), Currency::EUR, &budget(LineSource::Grant)), []);
}

#[test]
fn m51_the_euro_amount_uses_the_calls_budget_rate() {
    let (totals, _) = check(&rules(), &[line("staff", LineSource::Grant, Money::from_minor(655_957, XAF))]);
    assert_eq!(totals.requested_eur, eur("1000.00"));
    let lines = [line("staff", LineSource::Grant, Money::from_minor(1, Currency::CHF))];
    let (_, errors) = check_budget(&rules(), &currencies(), Currency::CHF, &lines, Some(1));
    assert!(codes(&errors).contains(&("/currency", Code::CurrencyUnknown)), "a missing rate is never 1");
}

prop_compose! {
    fn any_line()(category in 0_usize..14, source in 0_usize..4, quantity in 0_i64..100_000, cost in 0_i64..10_000_000) -> BudgetLine {
        let category = crate::calls::CATEGORIES.get(category).copied().unwrap_or_default();
        BudgetLine {
            quantity: Quantity::from_scaled(quantity),
            unit_cost: (cost > 0).then(|| eur_minor(cost)),
            ..line(category, LineSource::ALL[source], eur_minor(1))
        }
    }
}

fn eur_minor(minor: i64) -> Money {
    Money::from_minor(minor, Currency::EUR)
}

proptest! {
    #[test]
    fn m3_m7_every_way_of_summing_gives_the_total(lines in prop::collection::vec(any_line(), 0..30)) {
        let (totals, _) = check(&rules(), &lines);
        let sum = |amounts: Vec<Money>| Money::sum(Currency::EUR, amounts).unwrap();
        prop_assert_eq!(sum(totals.by_source.iter().map(|s| s.amount).collect()), totals.total);
        prop_assert_eq!(sum(totals.by_category.iter().map(|c| c.amount).collect()), totals.total);
        prop_assert_eq!(sum(totals.by_category.iter().map(|c| c.grant).collect()), totals.requested);
        prop_assert_eq!(sum(vec![totals.direct, totals.contingency, totals.indirect]), totals.total);
        prop_assert_eq!(sum(vec![totals.requested, totals.cofunding]), totals.total);
        let shown: Vec<Money> = lines.iter().filter(|l| !l.category.is_empty()).filter_map(|l| l.computed_total().unwrap()).collect();
        prop_assert_eq!(sum(shown), totals.total);
    }

    #[test]
    fn m8_the_named_amount_passes_and_one_cent_more_does_not(direct in 1_i64..10_000_000_000, percent in 1_i32..3_000) {
        let rules = BudgetRules { indirect_cap: BasisPoints(percent), max_grant: eur("1000000000"), ..rules() };
        let budget = |indirect: i64| {
            let mut lines = vec![line("staff", LineSource::Grant, eur_minor(direct))];
            if indirect > 0 { lines.push(line("indirect", LineSource::Grant, eur_minor(indirect))); }
            check(&rules, &lines)
        };
        let max = budget(0).0.indirect_max.minor();
        prop_assert!(budget(max).1.iter().all(|e| e.code != Code::IndirectCap));
        prop_assert!(budget(max + 1).1.iter().any(|e| e.code == Code::IndirectCap));
    }

    #[test]
    fn m10_moving_the_missing_amount_to_own_money_passes(grant in 100_i64..1_000_000_000, own in 1_i64..1_000_000_000, in_kind in 1_i64..1_000_000_000, percent in 0_i32..9_000) {
        let rules = BudgetRules { cofunding_min: BasisPoints(percent), max_grant: eur("1000000000"), ..rules() };
        let budget = |shift: i64| {
            let (_, errors) = check(&rules, &[
                line("staff", LineSource::Grant, eur_minor(grant - shift)),
                line("staff", LineSource::OwnCash, eur_minor(own + shift)),
                line("staff", LineSource::OwnInKind, eur_minor(in_kind)),
            ]);
            errors.into_iter().find(|e| e.code == Code::CofundingBelowMin)
        };
        if let Some(error) = budget(0) {
            let missing = Money::parse(error.params["missing"].trim_start_matches("EUR "), Currency::EUR).unwrap().minor();
            prop_assert!(missing > 0);
            if missing < grant {
                prop_assert_eq!(budget(missing), None);
                prop_assert!(budget(missing - 1).is_some());
            }
        }
    }
}
