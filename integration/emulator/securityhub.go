package emulator

import (
	"maps"
	"slices"
	"strings"
)

// hubOperations are those of Security Hub that pipewarden and its tests call. moto has some, and neither checks findings nor filters them.
func hubOperations() map[string]owned {
	return map[string]owned{
		"securityhub.EnableSecurityHub": enableHub, "securityhub.DisableSecurityHub": disableHub,
		"securityhub.BatchImportFindings": inHub(importFindings), "securityhub.BatchUpdateFindings": inHub(updateFindings),
		"securityhub.GetFindings": inHub(getFindings),
	}
}

// hubPaths are the operations by method and path (AWS Security Hub API Reference, "Actions").
var hubPaths = map[string]string{
	"POST /accounts": "EnableSecurityHub", "DELETE /accounts": "DisableSecurityHub", "POST /findings/import": "BatchImportFindings",
	"PATCH /findings/batchupdate": "BatchUpdateFindings", "POST /findings": "GetFindings",
}

func (x *exchange) hubOperation() string {
	named := x.method + " " + strings.TrimSuffix(x.path, "/")
	if operation, known := hubPaths[named]; known {
		return operation
	}
	return named
}

// hubRefusal is the error for input that is wrong.
const hubRefusal = "InvalidInputException"

// hub is Security Hub as it is enabled for an account in a region: its findings, by product and ID.
type hub struct{ findings map[string]object }

func hubKey(f object) string { return text(f, "ProductArn") + " " + text(f, "Id") }

func enableHub(r *request) (object, error) {
	if r.here.hub != nil {
		return nil, refusal("ResourceConflictException", "Account is already subscribed to Security Hub")
	}
	r.here.hub = &hub{findings: map[string]object{}}
	return nil, nil
}

func disableHub(r *request) (object, error) {
	if r.here.hub == nil {
		return nil, refusal("InvalidAccessException", "Account %s is not subscribed to AWS Security Hub", r.at.account)
	}
	r.here.hub = nil
	return nil, nil
}

// inHub is an operation that only an account has whose Security Hub is enabled.
func inHub(do owned) owned {
	return func(r *request) (object, error) {
		if r.here.hub == nil {
			return nil, refusal("InvalidAccessException", "Account %s is not subscribed to AWS Security Hub", r.at.account)
		}
		return do(r)
	}
}

const perHubCall = 100

func importFindings(r *request) (object, error) {
	all := objects(r.in, "Findings")
	if len(all) == 0 || len(all) > perHubCall {
		return nil, refusal(hubRefusal, "A call takes 1 to %d findings", perHubCall)
	}
	failed := []object{}
	for _, f := range all {
		if fault := r.faultOf(f); fault != "" {
			failed = append(failed, object{"Id": text(f, "Id"), "ErrorCode": "InvalidInput", "ErrorMessage": "Finding does not adhere to Amazon Finding Format. " + fault})
			continue
		}
		r.here.hub.take(f)
	}
	return object{"FailedCount": len(failed), "SuccessCount": len(all) - len(failed), "FailedFindings": failed}, nil
}

// peoples are what an import does not change of a finding that is known (AWS Security Hub API Reference, BatchImportFindings).
var peoples = []string{"Note", "UserDefinedFields", "VerificationState", "Workflow"}

// take imports a finding. One that is not later than what is known changes nothing, and says nothing of it
// (AWS Security Hub User Guide, "BatchImportFindings for finding providers").
func (h *hub) take(f object) {
	old := h.findings[hubKey(f)]
	if old != nil && !instant(f, "UpdatedAt").After(instant(old, "UpdatedAt")) {
		return
	}
	f = filledIn(f)
	if old != nil {
		for _, name := range peoples {
			if delete(f, name); old[name] != nil {
				f[name] = old[name]
			}
		}
		f["CreatedAt"] = old["CreatedAt"]
		if renewed(old, f) {
			f["Workflow"] = object{"Status": "NEW"}
		}
	}
	h.findings[hubKey(f)] = f
}

// filledIn is a finding with what Security Hub adds when it takes one.
func filledIn(f object) object {
	f = maps.Clone(f)
	if given := child(f, "FindingProviderFields"); given != nil {
		for _, name := range []string{"Severity", "Types"} {
			if given[name] != nil {
				f[name] = given[name]
			}
		}
	}
	if text(f, "RecordState") == "" {
		f["RecordState"] = "ACTIVE"
	}
	if child(f, "Workflow") == nil {
		f["Workflow"] = object{"Status": "NEW"}
	}
	return f
}

// renewed says that Security Hub itself makes a finding new again (API Reference, Workflow).
func renewed(old, f object) bool {
	status := text(child(old, "Workflow"), "Status")
	back := text(old, "RecordState") == "ARCHIVED" && text(f, "RecordState") == "ACTIVE"
	passed := text(child(old, "Compliance"), "Status") == "PASSED" && text(child(f, "Compliance"), "Status") != "PASSED"
	return (status == "NOTIFIED" || status == "RESOLVED") && (back || passed)
}

func updateFindings(r *request) (object, error) {
	ids := objects(r.in, "FindingIdentifiers")
	if err := faultOfUpdate(r.in, len(ids)); err != nil {
		return nil, err
	}
	done, undone, seen := []object{}, []object{}, map[string]bool{}
	for _, id := range ids {
		f := r.here.hub.findings[hubKey(id)]
		code := ""
		switch {
		case seen[hubKey(id)]:
			code = "DuplicatedFindingIdentifier"
		case f == nil:
			code = "FindingNotFound"
		}
		if seen[hubKey(id)] = true; code != "" {
			undone = append(undone, object{"FindingIdentifier": id, "ErrorCode": code, "ErrorMessage": code})
			continue
		}
		if status := text(child(r.in, "Workflow"), "Status"); status != "" {
			f["Workflow"] = object{"Status": status}
		}
		if note := child(r.in, "Note"); note != nil {
			f["Note"] = object{"Text": note["Text"], "UpdatedBy": note["UpdatedBy"], "UpdatedAt": stamped(r.now)}
		}
		done = append(done, id)
	}
	return object{"ProcessedFindings": done, "UnprocessedFindings": undone}, nil
}

func faultOfUpdate(in object, n int) error {
	status, note := text(child(in, "Workflow"), "Status"), child(in, "Note")
	switch {
	case n == 0 || n > perHubCall:
		return refusal(hubRefusal, "A call takes 1 to %d findings", perHubCall)
	case status != "" && !slices.Contains(workflows, status):
		return refusal(hubRefusal, "Workflow.Status %s is none", status)
	case note != nil && (!within(note, "Text", 512) || !within(note, "UpdatedBy", 512)):
		return refusal(hubRefusal, "Note has a text of 1 to 512 characters, and somebody who wrote it")
	}
	return nil
}

// filtered are the attributes by which findings can be asked for, as the front knows them.
var filtered = map[string]func(object) string{
	"Id":             func(f object) string { return text(f, "Id") },
	"ProductArn":     func(f object) string { return text(f, "ProductArn") },
	"GeneratorId":    func(f object) string { return text(f, "GeneratorId") },
	"AwsAccountId":   func(f object) string { return text(f, "AwsAccountId") },
	"RecordState":    func(f object) string { return text(f, "RecordState") },
	"WorkflowStatus": func(f object) string { return text(child(f, "Workflow"), "Status") },
}

func getFindings(r *request) (object, error) {
	filters := child(r.in, "Filters")
	for name := range filters {
		if filtered[name] == nil {
			return nil, refusal(hubRefusal, "the emulator's front does not filter by %s", name)
		}
		if n := len(objects(filters, name)); n > 20 {
			return nil, refusal(hubRefusal, "%d values of %s, and 20 are the most", n, name)
		}
	}
	fit := []object{}
	for _, key := range sortedKeys(r.here.hub.findings) {
		if f := r.here.hub.findings[key]; fitsAll(f, filters) {
			fit = append(fit, f)
		}
	}
	most := perHubCall
	if asked, given := r.in["MaxResults"].(float64); given {
		if asked < 1 || asked > perHubCall {
			return nil, refusal(hubRefusal, "MaxResults is 1 to %d", perHubCall)
		}
		most = int(asked)
	}
	out, err := page(object{"nextToken": r.in["NextToken"]}, fit, most, "Findings", hubRefusal)
	if err != nil {
		return nil, err
	}
	if next, more := out["nextToken"]; more {
		delete(out, "nextToken")
		out["NextToken"] = next
	}
	return out, nil
}

// fitsAll says whether a finding fits each attribute by one of its values: those of one attribute are joined by OR, attributes by AND.
func fitsAll(f, filters object) bool {
	for name := range filters {
		values := objects(filters, name)
		if len(values) > 0 && !slices.ContainsFunc(values, func(v object) bool { return fitsOne(filtered[name](f), v) }) {
			return false
		}
	}
	return true
}

func fitsOne(has string, filter object) bool {
	if text(filter, "Comparison") == "PREFIX" {
		return strings.HasPrefix(has, text(filter, "Value"))
	}
	return has == text(filter, "Value")
}
