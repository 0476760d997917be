package emulator

import (
	"encoding/json"
	"maps"
	"net/url"
	"strings"
)

// packageOperations are those of CodeArtifact, which moto does not have. Its API is of paths and query parameters: packageOperation names
// the operation, and moves the parameters into the body.
func packageOperations() map[string]owned {
	return map[string]owned{
		"codeartifact.CreateDomain": createDomain, "codeartifact.DescribeDomain": describeDomain, "codeartifact.ListDomains": listDomains,
		"codeartifact.CreateRepository": createRepository, "codeartifact.DescribeRepository": describeRepository, "codeartifact.ListRepositories": listRepositories,
		"codeartifact.ListRepositoriesInDomain":       listRepositories,
		"codeartifact.PutDomainPermissionsPolicy":     putPackagePolicy,
		"codeartifact.GetDomainPermissionsPolicy":     getPackagePolicy,
		"codeartifact.PutRepositoryPermissionsPolicy": putPackagePolicy, "codeartifact.GetRepositoryPermissionsPolicy": getPackagePolicy,
	}
}

// packagePaths are the operations by method and path (AWS CodeArtifact API Reference, "Actions").
var packagePaths = map[string]string{
	"POST /v1/domain": "CreateDomain", "GET /v1/domain": "DescribeDomain", "POST /v1/domains": "ListDomains",
	"POST /v1/repository": "CreateRepository", "GET /v1/repository": "DescribeRepository", "POST /v1/repositories": "ListRepositories",
	"POST /v1/domain/repositories":          "ListRepositoriesInDomain",
	"PUT /v1/domain/permissions/policy":     "PutDomainPermissionsPolicy",
	"GET /v1/domain/permissions/policy":     "GetDomainPermissionsPolicy",
	"PUT /v1/repository/permissions/policy": "PutRepositoryPermissionsPolicy",
	"GET /v1/repository/permissions/policy": "GetRepositoryPermissionsPolicy",
}

func (x *exchange) packageOperation() string {
	named := x.method + " " + strings.TrimSuffix(x.path, "/")
	operation, known := packagePaths[named]
	if !known {
		return named
	}
	in := object{}
	if len(x.body) > 0 && json.Unmarshal(x.body, &in) != nil {
		return named
	}
	query, err := url.ParseQuery(x.query)
	if err != nil {
		return named
	}
	for name, values := range query {
		words := strings.Split(name, "-")
		for i := range words[1:] {
			words[i+1] = strings.ToUpper(words[i+1][:min(1, len(words[i+1]))]) + words[i+1][min(1, len(words[i+1])):]
		}
		in[strings.Join(words, "")] = values[0]
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return named
	}
	x.body = raw
	return operation
}

func createDomain(r *request) (object, error) {
	name := r.text("domain")
	if name == "" {
		return nil, refusal("ValidationException", "A domain has a name")
	}
	if r.here.domains[name] != nil {
		return nil, refusal("ConflictException", "Domain already exists: %s", name)
	}
	key := r.text("encryptionKey")
	if key == "" {
		key = r.at.arn("kms", "key/aws-owned-codeartifact")
	}
	r.here.domains[name] = object{
		"name": name, "owner": r.at.account, "arn": r.at.arn("codeartifact", "domain/"+name), "status": "Active", "createdTime": r.now, "encryptionKey": key,
	}
	return object{"domain": maps.Clone(r.here.domains[name])}, nil
}

func describeDomain(r *request) (object, error) {
	d := r.here.domains[r.text("domain")]
	if d == nil {
		return nil, refusal(notFound, "Domain cannot be found: %s", r.text("domain"))
	}
	return object{"domain": d}, nil
}

func listDomains(r *request) (object, error) {
	all := []object{}
	for _, name := range sortedKeys(r.here.domains) {
		all = append(all, r.here.domains[name])
	}
	return page(r.in, all, perCall, "domains", "ValidationException")
}

func createRepository(r *request) (object, error) {
	domain, name := r.text("domain"), r.text("repository")
	if r.here.domains[domain] == nil || name == "" {
		return nil, refusal(notFound, "Domain cannot be found: %s", domain)
	}
	id := domain + "/" + name
	r.here.packages[id] = object{
		"name": name, "domainName": domain, "domainOwner": r.at.account, "administratorAccount": r.at.account,
		"arn": r.at.arn("codeartifact", "repository/"+id), "createdTime": r.now,
	}
	return object{"repository": r.here.packages[id]}, nil
}

func describeRepository(r *request) (object, error) {
	id := r.text("domain") + "/" + r.text("repository")
	if r.here.packages[id] == nil {
		return nil, refusal(notFound, "Repository cannot be found: %s", id)
	}
	return object{"repository": r.here.packages[id]}, nil
}

func listRepositories(r *request) (object, error) {
	all := []object{}
	for _, id := range sortedKeys(r.here.packages) {
		if domain := r.text("domain"); domain == "" || strings.HasPrefix(id, domain+"/") {
			all = append(all, r.here.packages[id])
		}
	}
	return page(r.in, all, perCall, "repositories", "ValidationException")
}

// packageARN names the repository, or the domain where none is named.
func packageARN(r *request) (string, error) {
	domain, repository := r.text("domain"), r.text("repository")
	if repository != "" {
		if one := r.here.packages[domain+"/"+repository]; one != nil {
			return text(one, "arn"), nil
		}
		return "", refusal(notFound, "Repository cannot be found: %s", repository)
	}
	if one := r.here.domains[domain]; one != nil {
		return text(one, "arn"), nil
	}
	return "", refusal(notFound, "Domain cannot be found: %s", domain)
}

func putPackagePolicy(r *request) (object, error) {
	arn, err := packageARN(r)
	if err != nil {
		return nil, err
	}
	kept := object{"resourceArn": arn, "revision": newID(), "document": r.text("policyDocument")}
	r.here.policies[arn] = kept
	return object{"policy": kept}, nil
}

func getPackagePolicy(r *request) (object, error) {
	arn, err := packageARN(r)
	if err != nil {
		return nil, err
	}
	if r.here.policies[arn] == nil {
		return nil, refusal(notFound, "Policy cannot be found for %s", arn)
	}
	return object{"policy": r.here.policies[arn]}, nil
}
