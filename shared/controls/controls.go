// Package controls maps checks to the requirements that they support, with where and when each mapping was read.
// A check supports a requirement; it never satisfies one by itself.
package controls

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
)

// Where mappings were read.
const (
	Hub     = "Security Hub control pages, related requirements (2023 edition, read 2026-11)"
	Prowler = "Prowler compliance files (2026-11)"
	Own     = "own reading (2026-11)"
)

// NIST are controls of NIST SP 800-53.
func NIST(source string, ids ...string) []check.Control {
	return of("NIST 800-53", "Rev. 5", source, ids)
}

// SOC2 are criteria of the AICPA's Trust Services Criteria.
func SOC2(source string, ids ...string) []check.Control { return of("SOC 2", "2017 TSC", source, ids) }

// HIPAA are paragraphs of the Security Rule.
func HIPAA(source string, ids ...string) []check.Control {
	return of("HIPAA", "45 CFR 164", source, ids)
}

// GDPR are articles.
func GDPR(source string, ids ...string) []check.Control { return of("GDPR", "2016/679", source, ids) }

// CIS are recommendations of one version of the CIS AWS Foundations Benchmark.
func CIS(version, source string, ids ...string) []check.Control {
	return of("CIS AWS", version, source, ids)
}

// FSBP are controls of AWS Foundational Security Best Practices, as Security Hub numbers them. Security Hub has others, which do not belong to it.
func FSBP(ids ...string) []check.Control { return of("AWS FSBP", "1.0.0", Hub, ids) }

// OWASP are risks of the OWASP Top 10 CI/CD Security Risks.
func OWASP(ids ...string) []check.Control {
	return of("OWASP CI/CD", "2022", "OWASP Top 10 CI/CD Security Risks (2026-11)", ids)
}

func of(framework, version, source string, ids []string) []check.Control {
	all := make([]check.Control, 0, len(ids))
	for _, id := range ids {
		all = append(all, check.Control{Framework: framework, Version: version, ID: id, Source: source})
	}
	return all
}

// PublicStorage is what buckets and logs that everyone can reach work against.
var PublicStorage = slices.Concat(
	NIST(Hub, "AC-3", "AC-3(7)", "AC-4", "AC-4(21)", "AC-6", "AC-21", "SC-7", "SC-7(3)", "SC-7(4)", "SC-7(9)", "SC-7(11)", "SC-7(16)", "SC-7(20)", "SC-7(21)"),
	SOC2(Prowler, "CC6.1"),
	SOC2(Own, "CC6.6"),
	HIPAA(Prowler, "164.312(a)(1)", "164.308(a)(1)(ii)(B)", "164.308(a)(3)(i)"),
	GDPR(Prowler, "25"),
	GDPR(Own, "5(1)(f)", "32"),
	CIS("6.0", Prowler, "3.1.4"),
	CIS("7.0", Prowler, "3.1.4"),
	OWASP("CICD-SEC-7", "CICD-SEC-10"),
)

// ChangedWithoutMFA is what changes without MFA work against.
var ChangedWithoutMFA = slices.Concat(
	NIST(Hub, "AC-2(1)", "AC-3(15)", "IA-2(1)", "IA-2(2)", "IA-2(6)", "IA-2(8)"),
	NIST(Own, "CM-3", "CM-5", "AU-6"),
	SOC2(Own, "CC6.1", "CC8.1"),
	HIPAA(Prowler, "164.312(d)", "164.312(a)(1)", "164.308(a)(3)(ii)(A)"),
	GDPR(Prowler, "25"),
	GDPR(Own, "32"),
	CIS("6.0", Prowler, "2.9"),
	CIS("7.0", Prowler, "2.10"),
	OWASP("CICD-SEC-1", "CICD-SEC-2"),
)

// PeopleWithoutMFA is what people who can sign in without a second factor work against.
var PeopleWithoutMFA = slices.Concat(
	FSBP("IAM.5", "IAM.6"),
	NIST(Hub, "AC-2(1)", "AC-3(15)", "IA-2(1)", "IA-2(2)", "IA-2(6)", "IA-2(8)"),
	NIST(Own, "AU-6"),
	SOC2(Own, "CC6.1"),
	HIPAA(Prowler, "164.312(d)", "164.312(a)(1)"),
	GDPR(Prowler, "25"),
	GDPR(Own, "32"),
	CIS("6.0", Prowler, "2.4", "2.9", "5.2"),
	CIS("7.0", Prowler, "2.5", "2.10", "5.2"),
	OWASP("CICD-SEC-2"),
)
