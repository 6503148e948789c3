# Once for a subscription, by somebody who may make roles in it.
# #region setup
az login
az account set --subscription "<name or id>"
az provider register --namespace Microsoft.ContainerInstance
az group create --name polyrun --location westeurope
cat > polyrun-role.json <<'JSON'
{
  "Name": "polyrun runner",
  "Description": "Runs and deletes container groups in one resource group, and nothing else",
  "Actions": [
    "Microsoft.ContainerInstance/containerGroups/read",
    "Microsoft.ContainerInstance/containerGroups/write",
    "Microsoft.ContainerInstance/containerGroups/delete",
    "Microsoft.ContainerInstance/containerGroups/containers/logs/read",
    "Microsoft.ContainerInstance/containerGroups/containers/exec/action",
    "Microsoft.ContainerInstance/locations/operations/read"
  ],
  "AssignableScopes": ["/subscriptions/<subscription id>/resourceGroups/polyrun"]
}
JSON
az role definition create --role-definition polyrun-role.json
az ad sp create-for-rbac --name polyrun --role "polyrun runner" \
  --scopes "/subscriptions/<subscription id>/resourceGroups/polyrun" # prints appId, password and tenant
export AZURE_SUBSCRIPTION_ID="<subscription id>" AZURE_RESOURCE_GROUP=polyrun AZURE_LOCATION=westeurope
export AZURE_CLIENT_ID="<appId>" AZURE_CLIENT_SECRET="<password>" AZURE_TENANT_ID="<tenant>"
echo 'print(6 * 7)' > hello.py
npx polyrun run --executor azure-container --image python:3-slim hello.py
# #endregion
