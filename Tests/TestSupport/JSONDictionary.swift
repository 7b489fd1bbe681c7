import Foundation

/// A JSON object as a dictionary, read by Foundation; its numbers may lose their last digits, unlike those of ``JSONObject``.
package func jsonDictionary(_ text: some StringProtocol) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    guard let dictionary = object as? [String: Any] else { throw CocoaError(.coderInvalidValue) }
    return dictionary
}
